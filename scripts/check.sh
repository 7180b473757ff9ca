#!/usr/bin/env bash
# The checks of this project, one a name: scripts/check.sh [lint|types|docs|tests|smoke]...
# Without a name: all but `smoke`. The pre-commit hooks and .ci/run call this script and nothing else.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

lint() {
  ruff check .
  ruff format --check .
}

types() {
  mypy
}

docs() {
  local site
  site=$(mktemp -d)
  NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet --site-dir "$site"
  rm -rf "$site"
}

tests() {
  pytest
}

# The main job in small: look at the data, train, sample from the run and from the bundled model, measure.
smoke() {
  local folder
  folder=$(mktemp -d)
  ganjax data faces --n 8 --out "$folder/data.png"
  ganjax train pgan --preset quickstart --data faces:500 --fade-kimg 0.1 --hold-kimg 0.1 --final-kimg 0.3 \
    --out "$folder/run"
  ganjax sample "$folder/run" --out "$folder/trained.png"
  ganjax sample --out "$folder/bundled.png"
  ganjax evaluate "$folder/run" --data faces:500 --samples 128
  ganjax summary >"$folder/summary.txt"
  ganjax list
  rm -rf "$folder"
}

[ $# -gt 0 ] || set -- lint types docs tests
for name in "$@"; do
  case $name in
    lint | types | docs | tests | smoke) ;;
    *)
      echo "unknown check '$name': lint, types, docs, tests or smoke" >&2
      exit 2
      ;;
  esac
  printf '\n== %s\n' "$name"
  start=$SECONDS
  "$name"
  printf '== %s: %d s\n' "$name" $((SECONDS - start))
done
