/**
 * The first process of the build's namespaces: prepares what can be seen, runs the command, ends what it leaves
 * behind. Arguments: the area, its tmp, the paths to hide, `--`, the working directory, the command.
 *
 * Standard output is the build's log, standard error our own words (`nns-watch: …`), so that no build can forge them
 * by printing. As process 1 it cannot be ended by a signal from within, and with it everything ends. It is run by
 * bash, which every build script upstream asks for too: only that can close descriptors beyond 9.
 */
export const SETUP = `
set -eu
umask 022
# Nothing that our parent happened to hold open; what we need is opened below.
for entry in /proc/self/fd/*; do
  fd=\${entry##*/}
  if [ "$fd" -gt 2 ]; then eval "exec $fd>&-"; fi
done
say() { echo "nns-watch: $1" >&2; }
area=$1 temporary=$2
shift 2

# Held open, so that they can be shown again after everything around them is covered.
exec 8<"$area" 9<"$temporary"
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then
    mount -t tmpfs -o mode=0755,size=64m,nosuid,nodev nns-watch "$1"
  elif [ -e "$1" ]; then
    mount --bind /dev/null "$1"
  fi
  shift
done
shift
mount --no-canonicalize --bind /proc/self/fd/9 /tmp
mkdir -p "$area"
mount --no-canonicalize --bind /proc/self/fd/8 "$area"
exec 8<&- 9<&-
cd "$1"
shift

# A pipe, as every script expects: what we were given is a socket, which cannot be opened as /dev/stdout.
mkfifo /tmp/log
cat /tmp/log &
log=$!
exec 7>/tmp/log
rm /tmp/log

# Some generations ask to press Enter on other systems than Ubuntu, and end where nobody does.
say started
status=0
"$@" >&7 2>&1 7>&- <<'ENTER' || status=$?



ENTER
exec 7>&-

others() {
  left=
  for entry in /proc/[0-9]*; do
    pid=\${entry#/proc/}
    # What has ended but is not yet collected has no program any more.
    if [ "$pid" != $$ ] && [ "$pid" != "$log" ] && [ -e "$entry/exe" ]; then left="$left $pid"; fi
  done
  [ -n "$left" ]
}
rounds=100
while others && [ $rounds -gt 0 ]; do
  sleep 0.02
  rounds=$((rounds - 1))
done
if others; then
  set -- $left
  say "left-behind $#"
fi
rounds=50
while others && [ $rounds -gt 0 ]; do
  kill -KILL $left 2>/dev/null || :
  sleep 0.1
  rounds=$((rounds - 1))
done
# All who could write are gone, so the log ends; if not, it ends with us.
rounds=250
while kill -0 "$log" 2>/dev/null && [ $rounds -gt 0 ]; do
  sleep 0.02
  rounds=$((rounds - 1))
done
say "ended $status"
exit "$status"
`;

/**
 * For a user who is not root: runs the rest as root and ends it when standard input ends, which is when we die or
 * close it. A parent-death signal is lost on the way through sudo, and we may not signal what sudo started.
 */
export const LIFELINE = `
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
(
  cat <&3 >/dev/null
  kill -KILL "$child"
) >/dev/null 2>&1 &
watcher=$!
status=0
wait "$child" || status=$?
kill "$watcher" 2>/dev/null
exit "$status"
`;
