#!/usr/bin/env bash
# The checks of this project, one a name: scripts/check.sh [lint|types|docs|tests|smoke]...
# Without a name: all but `smoke`. The pre-commit hooks and .ci/run call this script and nothing else.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

lint() {
  ruff check .
  ruff format --check .
}

types() {
  mypy
}

docs() {
  NO_MKDOCS_2_WARNING=1 mkdocs build --strict --site-dir "$work/site"
}

tests() {
  pytest
}

# The main job in small: look at the data, train, sample from the run and from the bundled model, measure.
smoke() {
  ganjax data faces --n 8 --out "$work/data.png"
  ganjax train pgan --preset quickstart --data faces:500 --fade-kimg 0.1 --hold-kimg 0.1 --final-kimg 0.3 \
    --out "$work/run"
  ganjax sample "$work/run" --out "$work/trained.png"
  ganjax sample --out "$work/bundled.png"
  ganjax evaluate "$work/run" --data faces:500 --samples 128
  ganjax summary >"$work/summary.txt"
  ganjax list
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
