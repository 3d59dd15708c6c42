#!/usr/bin/env bash
# Tests of deploy/, without Docker, a cluster or an AWS account. Arguments go to vitest.
# The Python tools go into a folder of their own, which is thrown away unless DEPLOY_TOOLS_DIR names one to keep.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=${DEPLOY_TOOLS_DIR:-}
if [ -z "$tools" ]; then
  tools=$(mktemp -d)
  trap 'rm -rf "$tools"' EXIT
fi
npm ci --prefix deploy/cdk
[ -x "$tools/bin/python" ] || python3 -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check --no-compile -r deploy/test/requirements.txt

npx tsc -p deploy
DEPLOY_TOOLS_DIR=$tools npx vitest run --config deploy/vitest.config.ts "$@"
