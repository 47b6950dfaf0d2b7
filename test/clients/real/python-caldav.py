"""Drives python-caldav: the library behind Home Assistant and many scripts.

    python3 python-caldav.py ADDRESS USER PASSWORD
Prints one line per thing seen; the last line is `ok` or the run failed.
"""
import sys
from datetime import datetime, timezone

import caldav

ADDRESS, USER, PASSWORD = sys.argv[1:4]


def say(text):
    print(text, flush=True)


def expect(what, condition):
    if not condition:
        raise SystemExit(f"expected: {what}")
    say(what)


def day(number, hour=0):
    return datetime(2026, 12, number, hour, tzinfo=timezone.utc)


def main():
    client = caldav.DAVClient(ADDRESS, username=USER, password=PASSWORD)
    principal = client.principal()
    calendars = {c.name: c for c in principal.calendars()}
    say(f"calendars: {sorted(calendars)}")
    mine = principal.make_calendar(name="Made by a script", cal_id="made-by-script")
    expect("a calendar is made", "Made by a script" in {c.name for c in principal.calendars()})
    weekly = mine.save_event("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\nBEGIN:VEVENT\r\nUID:weekly\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261201T090000Z\r\nDTEND:20261201T100000Z\r\nRRULE:FREQ=WEEKLY;COUNT=10\r\nEXDATE:20261208T090000Z\r\nSUMMARY:Weekly\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    mine.save_event("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\nBEGIN:VEVENT\r\nUID:once\r\nDTSTAMP:20261101T000000Z\r\nDTSTART;VALUE=DATE:20261210\r\nSUMMARY:All day\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    mine.save_todo("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\nBEGIN:VTODO\r\nUID:task\r\nDTSTAMP:20261101T000000Z\r\nDUE:20261205T090000Z\r\nSUMMARY:A task\r\nEND:VTODO\r\nEND:VCALENDAR\r\n")
    expect("three objects are listed", len(mine.events()) == 2 and len(mine.todos()) == 1)
    expanded = mine.search(start=day(1), end=day(31), event=True, expand=True)
    expect("the series is expanded without its exception", sorted(str(e.icalendar_component["DTSTART"].dt)[:10] for e in expanded) == ["2026-12-01", "2026-12-10", "2026-12-15", "2026-12-22", "2026-12-29"])
    expect("a day without events is empty", mine.date_search(start=day(8), end=day(9), expand=False) == [])
    expect("an object is found by its UID", mine.event_by_uid("weekly").url == weekly.url)
    busy = mine.freebusy_request(day(1), day(31)).data if hasattr(mine.freebusy_request(day(1), day(31)), "data") else ""
    expect("free-busy names the busy time", "20261201T090000Z" in busy)
    token = mine.objects_by_sync_token(load_objects=False)
    weekly.delete()
    changed = mine.objects_by_sync_token(sync_token=token.sync_token)
    expect("the sync token reports the deletion", len(list(changed)) == 1)
    task = mine.todos()[0]
    task.complete()
    expect("a completed task is no longer pending", mine.todos() == [] and len(mine.todos(include_completed=True)) == 1)
    mine.delete()
    expect("the calendar is gone", "Made by a script" not in {c.name for c in principal.calendars()})
    say("ok")


main()
