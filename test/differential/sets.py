"""Unfolds calendar objects with python-recurring-ical-events: one JSON object a line in, one out.

In:  {"text": iCalendar, "start": "YYYYMMDDTHHMMSSZ", "end": same form}
Out: {"found": [[SUMMARY, start, end], ...]} of what touches the span, sorted: DATEs as YYYYMMDD, times in UTC, floating ones
     as if they were; or {"failed": why}

More than the span is asked for, and what lies outside left out again by the library's own test: some editions look for
instances by the offset that the zone has at DTSTART, and miss one or two beside the edges.
"""
import json
import sys
from datetime import datetime, timedelta, timezone

import recurring_ical_events
from icalendar import Calendar

FORM = '%Y%m%dT%H%M%SZ'
MARGIN = timedelta(days=60)
try:
    from recurring_ical_events.util import time_span_contains_event as touches
except ImportError:  # editions before the third are one file
    touches = recurring_ical_events.time_span_contains_event


def moment(text):
    return datetime.strptime(text, FORM).replace(tzinfo=timezone.utc)


def told(value):
    if not isinstance(value, datetime):
        return value.strftime('%Y%m%d')
    return (value if value.tzinfo is None else value.astimezone(timezone.utc)).strftime(FORM)


def run(case):
    start, end = moment(case['start']), moment(case['end'])
    unfolded = recurring_ical_events.of(Calendar.from_ical(case['text']), components=['VEVENT', 'VTODO'])
    found = []
    for one in unfolded.between(start - MARGIN, end + MARGIN):
        first, last = one['DTSTART'].dt, one['DUE' if one.name == 'VTODO' else 'DTEND'].dt
        if touches(start, end, first, last):
            found.append([str(one['SUMMARY']), told(first), told(last)])
    return sorted(found)


for line in sys.stdin:
    try:
        answer = {'found': run(json.loads(line))}
    except Exception as error:  # what the library cannot read is told, not guessed
        answer = {'failed': f'{type(error).__name__}: {error}'}
    print(json.dumps(answer), flush=True)
