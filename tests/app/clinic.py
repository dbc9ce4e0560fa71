"""A scenario so small that a page can run it while a test waits."""

CLINIC = """
name = "Clinic"
[time]
warm_up_days = 20
recruitment_days = 40
follow_up_days = 100
[arrivals]
per_day = 1.0
[population]
severity = { mild = 0.4, severe = 0.6 }
[[entry]]
to = { residential = 1.0 }
[places.beds]
capacity = 9
fixed_cost_per_day = 210.0
[levels.residential]
places = ["beds"]
length_of_stay = { distribution = "exponential", mean = 8 }
patience = { distribution = "exponential", mean = 6 }
cost_per_day = 312.5
patient_time_per_day = 80.0
[[levels.residential.next]]
to = "outpatient"
probability = 0.5
delay_days = { distribution = "exponential", mean = 3 }
[levels.outpatient]
length_of_stay = { distribution = "exponential", mean = 30 }
[relapse]
median_days = 60
shape = 0.8
[utilities]
abstinent = 0.8
lapse = 0.7
using = 0.5
[evidence."levels.residential.next.0.probability"]
low = 0.3
high = 0.6
unit = "share"
grade = "published"
source = "A study of clinics"
[evidence."levels.residential.next.0.delay_days.mean"]
low = 1.0
high = 9.0
unit = "days"
grade = "assumption"
source = "a guess"
"""
