#!/bin/sh
# Installs SecondSight from this folder, without a network: sh install.sh [FOLDER]
# FOLDER (default: ./secondsight) gets the program, its models and the site; a site that is there stays as it is.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-secondsight}
cd "$here"
sha256sum --check --quiet --strict SHA256SUMS || { echo "this copy is damaged; copy it again" >&2; exit 1; }
[ "${1:-}" = --verify ] && { echo "all files are as they were made"; exit 0; }
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit("@PYTHON@" != "%d.%d" % sys.version_info[:2])' || {
  echo "this needs Python @PYTHON@; set PYTHON to it" >&2; exit 1; }
cd "$OLDPWD"
mkdir -p "$target"
"$python" -m venv "$target/.venv" || { echo "Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
"$target/.venv/bin/python" -m pip install --quiet --no-index --find-links "$here/wheels" "@REQUIREMENT@"
for part in models docs; do [ ! -d "$here/$part" ] || cp -R "$here/$part" "$target/"; done
if [ -e "$target/site" ]; then echo "$target/site is there already, and stays"; else cp -R "$here/site" "$target/"; fi
target=$(cd "$target" && pwd)
printf '#!/bin/sh\nSECONDSIGHT_MODELS=${SECONDSIGHT_MODELS:-"%s/models"} exec "%s/.venv/bin/secondsight" "$@"\n' \
  "$target" "$target" > "$target/secondsight"
chmod +x "$target/secondsight"
"$target/secondsight" models verify
echo "installed; next: write $target/site/.env, then $target/secondsight check $target/site/@SITE@"
