#!/usr/bin/perl
# usage: tree-time.pl command…   (descriptor 3 gets "pid N", then "ended SECONDS CODE PROCESSOR-SECONDS")
# Whatever loses its parent on the way (conmon does so on purpose) comes to us instead of to init, and is waited for,
# so that the processor time is that of everything that the command started.
use strict;
use warnings;
use Time::HiRes qw(time);

my ($SYS_prctl, $PR_SET_CHILD_SUBREAPER) = (157, 36);
syscall($SYS_prctl, $PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 or die "no subreaper: $!\n";
open(my $report, '>&=', 3) or die "no descriptor 3: $!\n";
$report->autoflush(1);

my $began = time;
my $pid = fork // die "no fork: $!\n";
if ($pid == 0) {
    close $report;
    exec {$ARGV[0]} @ARGV or die "$ARGV[0]: $!\n";
}
print $report "pid $pid\n";
$SIG{$_} = sub { kill TERM => $pid } for qw(TERM INT);
1 while waitpid($pid, 0) != $pid;
my ($seconds, $code) = (time - $began, $? & 127 ? 128 + ($? & 127) : $? >> 8);
# A daemon that stays for good is not what is measured here.
eval {
    local $SIG{ALRM} = sub { die "late\n" };
    alarm 20;
    1 while wait != -1;
    alarm 0;
};
my (undef, undef, $user, $system) = times;
printf $report "ended %.3f %d %.2f\n", $seconds, $code, $user + $system;
