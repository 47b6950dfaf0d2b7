"""Runs recurrence rules with python-dateutil: one JSON object a line in, one out.

In:  {"rule", "start": "YYYYMMDDTHHMMSS", "zone": name or null, "to": same form, "limit"}
Out: {"locals": [...]} wall times, DTSTART first, that are there in the zone; or {"failed": why}

COUNT is applied here, because times that a zone skips must not count (RFC 5545 3.3.10), and dateutil knows no zone
while it counts. Three things are told otherwise than they stand in the rule:
- a BYDAY that mixes weekdays with and without a number, with numbers alone: dateutil wants a day to be in both halves,
  the RFC calls it one list;
- a BYWEEKNO without days, with the weekday of DTSTART: dateutil takes all seven days, while information that a rule
  does not hold is derived from DTSTART (RFC 5545 3.3.10);
- a weekly rule with BYSETPOS begins with the week of DTSTART: dateutil counts positions in the rest of that week, and in
  whole months and years, while the RFC has the interval be one week ("in a WEEKLY rule, the interval would be one week").
"""
import datetime as datetime_module
import json
import signal
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import dateutil.rrule
from dateutil.rrule import rrulestr

FORM = '%Y%m%dT%H%M%S'


class Calendar:
    """The module `datetime` as dateutil sees it, with an end of time soon after what is asked: it looks for the next
    instance up to the year 9999 otherwise, which takes seconds for a rule that has none."""

    def __init__(self):
        self.MAXYEAR = 9999

    def __getattr__(self, name):
        return getattr(datetime_module, name)


calendar = Calendar()
dateutil.rrule.datetime = calendar


class Late(Exception):
    pass


def late(_signal, _frame):
    raise Late()


signal.signal(signal.SIGVTALRM, late)


def read_until(text, zone):
    """The moment after which nothing happens, as a wall time, and whether it is a UTC moment."""
    if text.endswith('Z'):
        moment = datetime.strptime(text, FORM + 'Z').replace(tzinfo=timezone.utc)
        return None, moment
    if len(text) == 8:
        return datetime.strptime(text, '%Y%m%d') + timedelta(days=1, seconds=-1), None
    return datetime.strptime(text, FORM), None


def is_there(local, zone):
    there = local.replace(tzinfo=zone).astimezone(timezone.utc)
    return there.astimezone(zone).replace(tzinfo=None) == local


def with_numbers(parts):
    days = parts.get('BYDAY', '').split(',')
    if not any(len(day) > 2 for day in days) or all(len(day) > 2 for day in days):
        return parts
    most = 5 if parts['FREQ'] == 'MONTHLY' or 'BYMONTH' in parts else 53
    numbered = [day for day in days if len(day) > 2]
    numbered += [f'{number}{day}' for day in days if len(day) == 2 for number in range(1, most + 1)]
    return {**parts, 'BYDAY': ','.join(numbered)}


DAYS = ('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU')


def counts_in_weeks(parts):
    return parts['FREQ'] == 'WEEKLY' and 'BYSETPOS' in parts


def with_weekday(parts, start):
    if 'BYWEEKNO' not in parts and not counts_in_weeks(parts):
        return parts
    if any(name in parts for name in ('BYDAY', 'BYMONTHDAY', 'BYYEARDAY')):
        return parts
    return {**parts, 'BYDAY': DAYS[start.weekday()]}


def beginning(parts, start):
    if not counts_in_weeks(parts):
        return start
    return start - timedelta(days=(start.weekday() - DAYS.index(parts.get('WKST', 'MO'))) % 7)


def run(case):
    parts = dict(part.split('=', 1) for part in case['rule'].split(';'))
    count = int(parts.pop('COUNT')) if 'COUNT' in parts else None
    until = parts.pop('UNTIL', None)
    zone = ZoneInfo(case['zone']) if case['zone'] else None
    start = datetime.strptime(case['start'], FORM)
    parts = with_weekday(with_numbers(parts), start)
    to = datetime.strptime(case['to'], FORM)
    calendar.MAXYEAR = to.year + 1
    wall_until, utc_until = read_until(until, zone) if until else (None, None)
    rule = rrulestr(';'.join(f'{name}={value}' for name, value in parts.items()), dtstart=beginning(parts, start))
    found = [start]
    for local in rule:
        if local > to or len(found) >= case['limit'] or (count is not None and len(found) >= count):
            break
        if wall_until is not None and local > wall_until:
            break
        if zone is not None and not is_there(local, zone):
            continue
        if utc_until is not None:
            aware = local.replace(tzinfo=zone or timezone.utc)
            if aware.astimezone(timezone.utc) > utc_until:
                break
        if local > start:
            found.append(local)
    return [local.strftime(FORM) for local in found]


for line in sys.stdin:
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.25)
    try:
        answer = {'locals': run(json.loads(line))}
    except Late:
        answer = {'failed': 'late'}
    except Exception as error:  # what dateutil cannot read is told, not guessed
        answer = {'failed': f'{type(error).__name__}: {error}'}
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    print(json.dumps(answer), flush=True)
