#!/usr/bin/env bash
# nagasim's decide block asks for cumulative probabilities and then adds them up, so ways get other shares in silence.
#
# Versions:  nagasim 0.18.0, simpy 4.1.2, numpy 2.4.6, pandas 3.1.1, scipy 1.17.1
# Expected:  `probs` is described, in the model file's schema and in the editor's hints, as "Cumulative branch
#            probabilities": [0.2, 0.5] and a third way would be 20 %, 30 % and 50 %
# Behaviour: each number is the chance of its own way: 20 %, 50 % and 30 %. It is refused only where the numbers add up
#            to more than 1, as a full cumulative list does, and one without the last 1 may not
# Seen:      2026-11-28: 10,002 entities went 2,059, 4,915 and 3,028
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'nagasim==0.18.0' 'simpy==4.1.2' 'numpy==2.4.6' 'pandas==3.1.1' 'scipy==1.17.1'
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

from nagasim import build
from nagasim.core.blocks.decide import SPEC

said = next(param.description for param in SPEC.params if param.name == "probs")
model = build.Model(time_limit=10_001, replications=1)
arrive = model.create(distribution=build.Constant(value=1.0))
decide = model.decide(mode="Chance", probs=[0.2, 0.5])
arrive >> decide
for _ in range(3):
    decide >> model.dispose()
flows = model.run(seed=1)["material_flow_summary"]
went = flows.loc[flows["From"] == "decide_1", "Entities"]
shares = [round(float(count / went.sum()), 2) for count in went]

print("version:   nagasim", version("nagasim"))
print("expected:  shares of 0.2, 0.3 and 0.5, since probs are described as:", said)
print("behaviour: each is the chance of its own way")
print("seen:      shares of", shares)
if "Cumulative" not in said or not (abs(shares[1] - 0.5) < 0.03 and abs(shares[2] - 0.3) < 0.03):
    sys.exit("changed: the description or what is done")
print("holds: probabilities that are called cumulative are taken one by one")
PY
