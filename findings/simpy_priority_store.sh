#!/usr/bin/env bash
# Patients of one priority leave SimPy's PriorityStore in another order than they came: the second to come is seventh.
#
# Versions:  simpy 4.1.2
# Expected:  among equals the first to come is the first to go, as in SimPy's Store and PriorityResource
# Behaviour: the store is a heap, and PriorityItem compares nothing but the priority, so equals come out as the heap has
#            them: the mean wait is right, and the longest waits are far too long. A running number beside the priority,
#            PriorityItem((1, number), patient), gives their order back
# Seen:      2026-11-29: put 0 to 7, got 0 2 6 5 7 4 1 3; PriorityResource and numbered items 0 to 7. Of 200
#            people of one class with one bed the longest wait is 79.7 days where it is 17.5 in order, the mean 6.1 in both
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check 'simpy==4.1.2'
cd "$work"
cat >waiting_list.py <<'PY'
import random
import sys

import simpy


def by_store(items: list) -> list:
    """What comes out of a store that all were put into before."""
    env = simpy.Environment()
    store = simpy.PriorityStore(env)
    out = []

    def process():
        for item in items:
            yield store.put(item)
        for _ in items:
            out.append((yield store.get()).item)

    env.process(process())
    env.run()
    return out


def by_resource(count: int) -> list:
    env = simpy.Environment()
    bed = simpy.PriorityResource(env, 1)
    out = []

    def patient(number):
        with bed.request(priority=1) as request:
            yield request
            out.append(number)
            yield env.timeout(1)

    for number in range(count):
        env.process(patient(number))
    env.run()
    return out


def waits(priority) -> list[float]:
    """One bed, stays of 1 day, 200 arrivals at a load of 0.95, all of one class."""
    env = simpy.Environment()
    store = simpy.PriorityStore(env)
    luck = random.Random(1)
    waited = []

    def arrivals():
        for number in range(200):
            yield env.timeout(luck.expovariate(0.95))
            yield store.put(simpy.PriorityItem(priority(number), env.now))

    def bed():
        while len(waited) < 200:
            item = yield store.get()
            waited.append(env.now - item.item)
            yield env.timeout(1)

    env.process(arrivals())
    env.process(bed())
    env.run()
    return waited


plain = by_store([simpy.PriorityItem(1, number) for number in range(8)])
numbered = by_store([simpy.PriorityItem((1, number), number) for number in range(8)])
resource = by_resource(8)
heap, queue = waits(lambda number: 1), waits(lambda number: (1, number))
print("expected:  0 1 2 3 4 5 6 7")
print("behaviour: PriorityStore keeps no order among equals")
print("seen:     ", *plain, "from the store;", *resource, "from PriorityResource;", *numbered, "with numbers")
print(f"           mean wait {sum(heap) / 200:.3f} and {sum(queue) / 200:.3f} days, longest {max(heap):.1f}, {max(queue):.1f}")
order = list(range(8))
if plain != [0, 2, 6, 5, 7, 4, 1, 3] or resource != order or numbered != order:
    sys.exit("changed: another order among equals")
if abs(sum(heap) - sum(queue)) > 1e-6 or max(heap) < 2 * max(queue):
    sys.exit("changed: other waits")
PY
"$work/venv/bin/python" waiting_list.py
echo "holds: equals leave the PriorityStore of SimPy 4.1.2 out of order"
