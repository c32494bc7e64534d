# lib.sh : sourced by the other scripts
set -euo pipefail
kit=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# the built parts; made by build.sh where one is missing. Exported, as HOME changes below.
export CAPMODEL_KIT=${CAPMODEL_KIT:-$HOME/.cache/capmodel/kit}; BIN=$CAPMODEL_KIT
BASE=${BASE:-16440}            # ports BASE..BASE+13, all on 127.0.0.1
P_API=$BASE P_ETCD=$((BASE+1)) P_PEER=$((BASE+2)) P_SCHED=$((BASE+3)) P_KCM=$((BASE+4))
SVC_CIDR=10.96.0.0/16 SVC_IP=10.96.0.1 POD_CIDR=10.244.0.0/16

# field 22 of stat, so that a pid used again is not taken for ours; nothing for a zombie (whoever is init may reap late)
start_time() { awk '{sub(/^.*\) /, ""); if ($1 != "Z") print $20}' "/proc/$1/stat" 2>/dev/null; }

need() { # need PART... : builds what is not there; only before `at`, as package managers have their caches in the real HOME
  local part missing=()
  for part in "$@"; do [ -e "$BIN/$part" ] || missing+=("$part"); done
  [ ${#missing[@]} = 0 ] || "$kit/build.sh" "${missing[@]}" >&2
}

python_of() { # python_of MINOR : a Python 3 of at least that version, also one that pyenv has installed
  local python
  for python in python3 python3.14 python3.13 python3.12 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python3; do
    "$python" -c "import sys; sys.exit(sys.version_info < (3, $1))" 2>/dev/null && { echo "$python"; return; }
  done
  echo "there is no Python 3.$1 or later in PATH or in pyenv: install it" >&2; return 1
}

programs() { # programs WHAT PROGRAM... : says which are missing, and ends
  local what=$1 program missing=(); shift
  for program in "$@"; do command -v "$program" >/dev/null || missing+=("$program"); done
  [ ${#missing[@]} = 0 ] || { echo "$what needs ${missing[*]}, which is not in PATH: install it" >&2; exit 1; }
}

at() { # at DIR : everything that is started from here on keeps what it writes in DIR, also kubectl's cache
  DIR=$(cd "$1" && pwd); export HOME=$DIR KUBECONFIG=$DIR/kubeconfig
}

run_bg() { # run_bg NAME CMD... : starts CMD detached, logs to $DIR/log/NAME.log, notes pid and start time
  local name=$1; shift
  setsid "$@" >"$DIR/log/$name.log" 2>&1 </dev/null &
  local pid=$!
  echo "$pid $(start_time $pid)" > "$DIR/pid/$name"
}

alive() { # alive NAME : is the process that run_bg noted still there?
  local pid st
  [ -s "$DIR/pid/$1" ] || return 1
  read -r pid st < "$DIR/pid/$1"
  [ -n "$st" ] && [ "$(start_time "$pid")" = "$st" ]
}

stop() { # stop NAME : TERM, up to 15 s, then KILL; by pid only
  local pid st i
  alive "$1" || { rm -f "$DIR/pid/$1"; return 0; }
  read -r pid st < "$DIR/pid/$1"
  kill -TERM "$pid" 2>/dev/null || true
  for i in $(seq 150); do alive "$1" || break; sleep 0.1; done
  if alive "$1"; then kill -KILL "$pid" 2>/dev/null || true; fi
  rm -f "$DIR/pid/$1"
}

wait_for() { # wait_for SECONDS WHAT CMD... : also gives up as soon as a started process has died
  local s=$1 what=$2 end=$(( $(date +%s) + $1 )) p_; shift 2
  until "$@" >/dev/null 2>&1; do
    for p_ in "$DIR"/pid/*; do p_=$(basename "$p_"); alive "$p_" || { echo "$p_ died:" >&2; tail -15 "$DIR/log/$p_.log" >&2; return 1; }; done
    [ "$(date +%s)" -lt "$end" ] || { echo "no $what after $s s" >&2; return 1; }
    sleep 0.2
  done
}

new_ca() { # new_ca NAME CN
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=$2" \
    -keyout "$DIR/pki/$1.key" -out "$DIR/pki/$1.crt" 2>/dev/null
}
new_cert() { # new_cert NAME CA SUBJECT USAGE [SAN]
  local name=$1 ca=$2 subj=$3 use=$4 san=${5:-}
  { echo "keyUsage=critical,digitalSignature"; echo "extendedKeyUsage=$use"; [ -z "$san" ] || echo "subjectAltName=$san"; } > "$DIR/pki/$name.ext"
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$subj" \
    -keyout "$DIR/pki/$name.key" -out "$DIR/pki/$name.csr" 2>/dev/null
  openssl x509 -req -in "$DIR/pki/$name.csr" -CA "$DIR/pki/$ca.crt" -CAkey "$DIR/pki/$ca.key" \
    -set_serial "0x$(openssl rand -hex 15)" -days 3650 -extfile "$DIR/pki/$name.ext" -out "$DIR/pki/$name.crt" 2>/dev/null
  rm -f "$DIR/pki/$name.csr" "$DIR/pki/$name.ext"
}
new_kubeconfig() { # new_kubeconfig FILE CERTNAME
  (umask 077; cat > "$1" <<EOF
apiVersion: v1
kind: Config
current-context: k
clusters: [{name: k, cluster: {server: "https://127.0.0.1:$P_API", certificate-authority-data: $(base64 -w0 "$DIR/pki/ca.crt")}}]
contexts: [{name: k, context: {cluster: k, user: u}}]
users: [{name: u, user: {client-certificate-data: $(base64 -w0 "$DIR/pki/$2.crt"), client-key-data: $(base64 -w0 "$DIR/pki/$2.key")}}]
EOF
  )
}
