#!/usr/bin/env bash
# Mesa's record of what each agent had at each step shows its last state at every step; the model's own record is right.
#
# Versions:  mesa 3.3.1, numpy 2.4.6, pandas 3.1.1
# Expected:  a row per step and agent holds what there was at that step, as the rows of the model do
# Behaviour: what a model reporter names is copied, what an agent reporter names is kept as it is: a list of a patient's
#            stays, or an array of clocks, that grows from step to step is one object in all rows, so the past is
#            rewritten, and a count of stays by step is that of the end. A reporter that copies, or gives a number, is right
# Seen:      2026-11-29: after 3 steps the model's list is [], [1], [1, 2], [1, 2, 3], the agent's [1, 2, 3] four times
# Upstream:  issue 3035 of mesa (open)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'mesa==3.3.1' 'numpy==2.4.6' 'pandas==3.1.1'
cd "$work"
cat >records.py <<'PY'
import sys

import mesa


class Patient(mesa.Agent):
    def __init__(self, model):
        super().__init__(model)
        self.stays = []

    def step(self):
        self.stays.append(self.model.steps)


class Ward(mesa.Model):
    def __init__(self):
        super().__init__(seed=1)
        self.stays = []
        self.collector = mesa.DataCollector(
            model_reporters={"stays": "stays"},
            agent_reporters={"stays": "stays", "copied": lambda patient: list(patient.stays)},
        )
        Patient(self)
        self.collector.collect(self)

    def step(self):
        self.stays.append(self.steps)
        self.agents.do("step")
        self.collector.collect(self)


ward = Ward()
for _ in range(3):
    ward.step()
model = ward.collector.get_model_vars_dataframe()["stays"].tolist()
agents = ward.collector.get_agent_vars_dataframe()
agent, copied = agents["stays"].tolist(), agents["copied"].tolist()
print("expected:  [] [1] [1, 2] [1, 2, 3] of the model, and of the patient who has the same")
print("behaviour: the model's list is copied at each step, the agent's is not")
print("seen:      model", *model)
print("           agent", *agent)
print("           agent, copied by the reporter", *copied)
wanted = [[], [1], [1, 2], [1, 2, 3]]
if model != wanted or copied != wanted or agent != [[1, 2, 3]] * 4:
    sys.exit("changed: agents are recorded otherwise")
PY
"$work/venv/bin/python" -W ignore records.py
echo "holds: mesa 3.3.1 shows an agent's list as it is at the end, at every step"
