# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# What is done on a device to install an agent there. 'sh -s' on the device reads this file and, behind it, a line that
# calls one of its functions. Answers are lines that begin with 'galley:', so that what a shell says by itself counts for
# nothing. Only commands that any Linux has are used; BusyBox's will do.

set -u
LC_ALL=C
export LC_ALL
umask 022
if [ -z "${XDG_RUNTIME_DIR:-}" ] && [ -d "/run/user/$(id -u)" ]; then
  XDG_RUNTIME_DIR=/run/user/$(id -u)
  export XDG_RUNTIME_DIR
fi

say() { printf 'galley:%s %s\n' "$1" "$2"; }

# fail KIND WORDS: ends the script; the words are the system's own.
fail() {
  printf '%s\n' "$2" | while IFS= read -r line; do say words "$line"; done
  say fail "$1"
  exit 1
}

pause() { sleep 0.1 2>/dev/null || sleep 1; }

# ---- What there is

find_manager() {
  if ! command -v systemctl >/dev/null 2>&1; then
    echo none
  elif [ "$(id -u)" = 0 ]; then
    if systemctl show-environment </dev/null >/dev/null 2>&1; then echo system; else echo none; fi
  elif systemctl --user show-environment </dev/null >/dev/null 2>&1; then
    echo user
  else
    echo none
  fi
}

# The C library: 'glibc 2.36', 'musl' or nothing.
find_library() {
  found=$(getconf GNU_LIBC_VERSION 2>/dev/null)
  case $found in "glibc "*) echo "$found"; return ;; esac
  for loader in /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1; do
    [ -x "$loader" ] || continue
    found=$("$loader" --version 2>/dev/null | sed -n '1s/.* version \([0-9][0-9.]*[0-9]\).*/\1/p')
    if [ -n "$found" ]; then echo "glibc $found"; return; fi
  done
  for loader in /lib/ld-musl-*; do
    if [ -e "$loader" ]; then echo musl; return; fi
  done
}

unit_path() {
  case $1 in
    system) echo /etc/systemd/system/galley-agent.service ;;
    user) echo "${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user/galley-agent.service" ;;
  esac
}

# survey FOLDER: what the device is, and what lies in the folder; an empty name stands for the usual one.
survey() {
  say system "$(uname -s)"
  say machine "$(uname -m)"
  say user "$(id -un)"
  say number "$(id -u)"
  say library "$(find_library)"
  manager=$(find_manager)
  say manager "$manager"
  for name in cat chmod cp df find id ln mkdir mv readlink rm sed sha256sum tail wc; do
    command -v "$name" >/dev/null 2>&1 || say lacks "$name"
  done
  folder=$1
  if [ -z "$folder" ]; then
    if [ "$(id -u)" = 0 ]; then folder=/opt/galley-agent; else folder=${HOME:-}/.local/share/galley-agent; fi
  fi
  say folder "$folder"
  unit=$(unit_path "$manager")
  if [ -n "$unit" ] && [ -e "$unit" ]; then say unit "$(sed -n 's/^ExecStart=//p' "$unit")"; fi
  above=$folder
  while [ ! -d "$above" ] && [ "$above" != / ]; do above=$(dirname "$above"); done
  # shellcheck disable=SC2046
  set -- $(df -Pk "$above" 2>/dev/null | tail -n 1)
  say free "${4:-}"
  if [ -d "$folder" ]; then survey_folder; fi
  say done survey
}

survey_folder() {
  if [ -e "$folder/.galley-agent" ]; then
    say ours yes
  elif [ -n "$(ls -A "$folder" 2>/dev/null)" ]; then
    say foreign yes
    return
  fi
  current=$(readlink "$folder/current" 2>/dev/null) && say current "${current#versions/}"
  if [ -r "$folder/agent.conf" ]; then
    while IFS= read -r line || [ -n "$line" ]; do say conf "$line"; done <"$folder/agent.conf"
  fi
  for part in "$folder"/incoming/*.part; do
    [ -f "$part" ] || continue
    name=${part##*/}
    say part "${name%.part} $(($(wc -c <"$part")))"
  done
  for place in versions incoming; do
    [ -d "$folder/$place" ] || continue
    find "$folder/$place" -type f ! -name '*.part' -exec sha256sum {} + 2>/dev/null |
      while read -r digest path; do say file "$digest ${path#"$folder/"}"; done
    find "$folder/$place" -type l 2>/dev/null |
      while read -r path; do say link "$(readlink "$path") ${path#"$folder/"}"; done
  done
}

# ---- What arrives

# prepare FOLDER: makes the folder, and tries whether programs can be executed in it.
prepare() {
  folder=$1
  words=$(mkdir -p "$folder/versions" "$folder/incoming" 2>&1) || fail write "$words"
  words=$({ : >"$folder/.galley-agent"; } 2>&1) || fail write "$words"
  rm -f "$folder/.agent.conf.new" "$folder/.galley-agent.service.new"
  probe=$folder/incoming/.probe
  words=$({ printf '#!/bin/sh\nexit 0\n' >"$probe"; } 2>&1) || fail write "$words"
  chmod 700 "$probe"
  words=$("$probe" 2>&1) || { rm -f "$probe"; fail noexec "$words"; }
  rm -f "$probe"
  say done prepare
}

# settle FOLDER: what has arrived gets its name if its digest is right.
settle() {
  for part in "$1"/incoming/*.part; do
    [ -f "$part" ] || continue
    name=${part##*/}
    name=${name%.part}
    sum=$(sha256sum <"$part") || fail write "$part can't be read"
    if [ "${sum%% *}" != "$name" ]; then
      rm -f "$part"
      fail digest "$name"
    fi
    words=$(mv -f "$part" "$1/incoming/$name" 2>&1) || fail write "$words"
  done
  say done settle
}

# write_file PATH: from the standard input.
write_file() { words=$({ cat >"$1"; } 2>&1) || fail write "$words"; }

# assemble FOLDER ID: makes a version of files that are here; the standard input lists them, one a line:
#   file DIGEST MODE SOURCE PATH      link - - TARGET PATH      end - - - -
assemble() {
  folder=$1
  new=$folder/versions/.new-$2
  rm -rf "$new"
  words=$(mkdir -p "$new" 2>&1) || fail write "$words"
  whole=no
  while read -r kind digest mode source path; do
    if [ "$kind" = end ]; then
      whole=yes
      break
    fi
    target=$new/$path
    words=$(mkdir -p "${target%/*}" 2>&1) || fail write "$words"
    if [ "$kind" = link ]; then
      words=$(ln -s "$source" "$target" 2>&1) || fail write "$words"
      continue
    fi
    # A second name for the same file costs nothing, where the file system has such.
    if ! ln "$folder/$source" "$target" 2>/dev/null; then
      words=$(cp "$folder/$source" "$target" 2>&1) || fail write "$words"
    fi
    chmod "$mode" "$target"
    printf '%s  %s\n' "$digest" "$path" >>"$new/manifest"
  done
  [ "$whole" = yes ] || fail digest "the list of the version's files"
  words=$(cd "$new" && sha256sum -c manifest 2>&1) || fail digest "$words"
  words=$("$new/bin/galley-agent" --version </dev/null 2>&1) || fail start "$words"
  if [ -e "$folder/.agent.conf.new" ]; then
    words=$("$new/bin/galley-agent" serve --configuration "$folder/.agent.conf.new" --check-configuration \
      </dev/null 2>&1) || fail settings "$words"
  fi
  if [ -e "$folder/versions/$2" ]; then
    rm -rf "$folder/versions/.old"
    mv "$folder/versions/$2" "$folder/versions/.old" || fail write "$folder/versions/$2"
  fi
  words=$(mv "$new" "$folder/versions/$2" 2>&1) || fail write "$words"
  rm -rf "$folder/versions/.old"
  sync
  say done assemble
}

# ---- Running it: FOLDER, MANAGER and CONTROL are set.

service() {
  case $manager in
    system) systemctl "$@" </dev/null ;;
    user) systemctl --user "$@" </dev/null ;;
  esac
}

start() {
  if [ "$manager" = none ]; then
    [ ! -x "$folder/stop-agent" ] || "$folder/stop-agent"
    "$folder/start-agent"
  else
    service restart galley-agent
  fi
}

stop() {
  if [ "$manager" != none ]; then service stop galley-agent; fi
  [ ! -x "$folder/stop-agent" ] || "$folder/stop-agent"
}

runs() {
  case $manager in
    # Nobody may have asked yet how it ended, and then its number is still taken.
    none) [ -n "$(readlink "/proc/$(cat "$folder/agent.pid" 2>/dev/null)/exe" 2>/dev/null)" ] ;;
    *) [ "$(service is-active galley-agent 2>/dev/null)" = active ] ;;
  esac
}

is_healthy() {
  case $("$folder/current/bin/galley-agent" health --control "$control" </dev/null 2>/dev/null) in
    "ok: "*) return 0 ;;
  esac
  return 1
}

wait_healthy() {
  count=0
  while [ "$count" -lt 300 ]; do
    if is_healthy; then return 0; fi
    if ! runs; then return 1; fi
    count=$((count + 1))
    pause
  done
  return 1
}

last_words() {
  case $manager in
    system) journalctl -u galley-agent -n 6 --no-pager -o cat ;;
    user) journalctl --user-unit galley-agent -n 6 --no-pager -o cat ;;
    *) tail -n 6 "$folder/agent.log" ;;
  esac </dev/null 2>/dev/null
}

# point ID: 'current' leads to another version from one moment to the next.
point() {
  rm -f "$folder/.next"
  ln -s "versions/$1" "$folder/.next" || return 1
  # Old BusyBoxes don't know -T; theirs is gone for an instant.
  mv -fT "$folder/.next" "$folder/current" 2>/dev/null && return 0
  rm -f "$folder/.next"
  ln -sfn "versions/$1" "$folder/current"
}

make_user() {
  if id galley-agent >/dev/null 2>&1; then return; fi
  if command -v systemd-sysusers >/dev/null 2>&1; then
    printf 'u galley-agent - "Galley agent"\n' | systemd-sysusers - >/dev/null 2>&1
  fi
  if id galley-agent >/dev/null 2>&1; then return; fi
  words=$(useradd --system --no-create-home --shell /usr/sbin/nologin galley-agent 2>&1) ||
    words=$(adduser -S -D -H galley-agent 2>&1) || fail user "$words"
}

make_state() {
  if [ "$manager" = system ]; then make_user; fi
  words=$(mkdir -p "$folder/state" 2>&1) || fail write "$words"
  chmod 700 "$folder/state"
  if [ "$manager" = system ]; then
    words=$(chown -R galley-agent: "$folder/state" 2>&1) || fail write "$words"
  fi
}

install_unit() {
  unit=$(unit_path "$manager")
  mkdir -p "${unit%/*}" && cp "$folder/galley-agent.service" "$unit.new" && mv -f "$unit.new" "$unit" &&
    service daemon-reload && service enable galley-agent
}

remove_unit() {
  unit=$(unit_path "$manager")
  if [ -z "$unit" ] || [ ! -e "$unit" ]; then return; fi
  service disable galley-agent >/dev/null 2>&1
  rm -f "$unit"
  service daemon-reload >/dev/null 2>&1
}

write_scripts() {
  cat >"$folder/start-agent" <<END
#!/bin/sh
# Starts Galley's agent. No service manager does that on this device: let this be called when the device starts.
folder=$folder
control=$control
END
  cat >>"$folder/start-agent" <<'END'
agent=$folder/current/bin/galley-agent
case $("$agent" health --control "$control" 2>/dev/null) in "ok: "*) exit 0 ;; esac
cd / || exit 1
umask 077
[ ! -e "$folder/agent.log" ] || mv -f "$folder/agent.log" "$folder/agent.log.old"
if command -v setsid >/dev/null 2>&1; then detach=setsid; else detach=nohup; fi
$detach "$agent" serve --configuration "$folder/agent.conf" </dev/null >"$folder/agent.log" 2>&1 &
echo "$!" >"$folder/agent.pid"
END
  cat >"$folder/stop-agent" <<END
#!/bin/sh
# Ends Galley's agent: what it measures may finish, for as long as its setting 'stop-time' says.
folder=$folder
END
  cat >>"$folder/stop-agent" <<'END'
process=$(cat "$folder/agent.pid" 2>/dev/null) || exit 0
real=$(cd "$folder" && pwd -P) || exit 0
runs() {
  case $(readlink "/proc/$process/exe" 2>/dev/null) in "$real"/versions/*) return 0 ;; esac
  return 1
}
if runs; then kill -TERM "$process"; fi
count=0
while runs && [ "$count" -lt 400 ]; do
  sleep 0.1 2>/dev/null || sleep 1
  count=$((count + 1))
done
if runs; then kill -KILL "$process"; fi
rm -f "$folder/agent.pid"
END
  chmod 755 "$folder/start-agent" "$folder/stop-agent"
}

begin() {
  if [ "$manager" = none ]; then write_scripts; else words=$(install_unit 2>&1) || return 1; fi
  words=$(start 2>&1) && wait_healthy
}

# Puts back what activate keeps beside the new one; what is new goes.
put_back() {
  for name in $placed; do
    if [ -e "$folder/.$name.old" ]; then mv -f "$folder/.$name.old" "$folder/$name"; else rm -f "$folder/$name"; fi
  done
}

# activate FOLDER ID MANAGER CONTROL: from the version that runs to another one, and back if that isn't healthy. It goes
# on when the connection is cut.
activate() {
  trap '' HUP PIPE
  folder=$1
  manager=$3
  control=$4
  old=$(readlink "$folder/current" 2>/dev/null) || old=
  make_state
  placed=
  for name in agent.conf galley-agent.service; do
    rm -f "$folder/.$name.old"
    [ -e "$folder/.$name.new" ] || continue
    # Nothing is replaced that could not be put back whole.
    if [ -e "$folder/$name" ]; then
      words=$(cp -p "$folder/$name" "$folder/.$name.old" 2>&1) || {
        rm -f "$folder/.$name.old"
        put_back
        fail write "$words"
      }
    fi
    words=$(mv -f "$folder/.$name.new" "$folder/$name" 2>&1) || { put_back; fail write "$words"; }
    placed="$placed $name"
  done
  words=$(point "$2" 2>&1) || { put_back; fail write "$words"; }
  if begin; then
    tidy "$2" "${old#versions/}"
    if [ "$manager" = user ] && ! loginctl enable-linger </dev/null >/dev/null 2>&1; then
      say note "linger"
    fi
    say done activate
    return
  fi
  words="$words
$(last_words)"
  stop >/dev/null 2>&1
  put_back
  if [ -z "$old" ]; then
    remove_unit
    rm -f "$folder/current" "$folder/start-agent" "$folder/stop-agent"
    say back none
  elif kept=$words && point "${old#versions/}" && begin; then
    words=$kept
    say back healthy
  else
    words=$kept
    say back unhealthy
  fi
  fail unhealthy "$words"
}

# Versions but these two, and what had arrived, go.
tidy() {
  for version in "$folder"/versions/* "$folder"/versions/.new-*; do
    case ${version##*/} in "$1" | "$2") ;; *) rm -rf "$version" ;; esac
  done
  rm -rf "$folder/incoming"
  rm -f "$folder/.agent.conf.old" "$folder/.galley-agent.service.old"
}

# look FOLDER MANAGER CONTROL: whether the agent that is installed is healthy.
look() {
  folder=$1
  manager=$2
  control=$3
  if is_healthy; then say healthy yes; else say healthy no; fi
  say done look
}

# trust FOLDER CONTROL HOST: the agent pins the host's certificate and says its own.
trust() {
  words=$("$1/current/bin/galley-agent" trust "$3" --control "$2" </dev/null 2>&1) || fail trust "$words"
  say certificate "${words##*certificate }"
  say done trust
}

# uninstall FOLDER KEEP
uninstall() {
  trap '' HUP PIPE
  folder=$1
  manager=$(find_manager)
  if [ ! -e "$folder/.galley-agent" ]; then
    say absent yes
    say done uninstall
    return
  fi
  unit=$(unit_path "$manager")
  if [ -n "$unit" ] && grep -q "^ExecStart=$folder/" "$unit" 2>/dev/null; then
    service stop galley-agent >/dev/null 2>&1
    remove_unit
  fi
  [ ! -x "$folder/stop-agent" ] || "$folder/stop-agent" >/dev/null 2>&1
  words=$(rm -rf "$folder/current" "$folder/.next" "$folder/versions" "$folder/incoming" "$folder/start-agent" \
    "$folder/stop-agent" "$folder/agent.pid" "$folder/agent.log" "$folder/agent.log.old" \
    "$folder/galley-agent.service" "$folder"/.agent.conf.* "$folder"/.galley-agent.service.* 2>&1) || fail write "$words"
  if [ "$2" = no ]; then
    words=$(rm -rf "$folder/state" "$folder/agent.conf" "$folder/.galley-agent" 2>&1) || fail write "$words"
    rmdir "$folder" 2>/dev/null
  fi
  for name in "$folder"/* "$folder"/.[!.]*; do
    if [ -e "$name" ] && [ "${name##*/}" != .galley-agent ]; then say left "$name"; fi
  done
  if [ "$manager" = system ] && id galley-agent >/dev/null 2>&1; then say kept user; fi
  say done uninstall
}
