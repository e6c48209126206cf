#!/usr/bin/env bash
# Checks that the files which the README and the documentation lead to are there.
set -eu
cd "$(dirname "$0")/.."
status=0
while IFS=: read -r page link; do
  target=${link%%#*}
  case $link in
    http://* | https://*) continue ;;
    \#*) # A heading of the same page, as GitHub spells it.
      headings=$(sed -n 's/^#\{1,6\} //p' "$page" | tr '[:upper:]' '[:lower:]' \
        | sed 's/[^a-z0-9 _-]//g; s/ /-/g')
      grep -qxF -- "${link#\#}" <<<"$headings" || {
        echo "$page: no heading $link" >&2
        status=1
      }
      continue
      ;;
  esac
  [ -e "$(dirname "$page")/$target" ] || {
    echo "$page: $target is not there" >&2
    status=1
  }
done < <(grep -oE '\]\([^) ]+\)' README.md Documentation/*.md | sed -E 's/^([^:]*):\]\((.*)\)$/\1:\2/')
exit $status
