"""Drives python-caldav: the library behind Home Assistant and many scripts.

    python3 python-caldav.py ADDRESS USER PASSWORD
Prints one line per thing seen; the last line is `ok` or the run failed.
"""
import logging
import sys
from datetime import datetime, timezone

import caldav
from caldav.elements import cdav, dav
from caldav.lib import error

ADDRESS, USER, PASSWORD = sys.argv[1:4]
# It reports what is its own doing: a second search where the first names no component, objects of several components.
logging.disable(logging.CRITICAL)


def say(text):
    print(text, flush=True)


def expect(what, condition):
    if not condition:
        raise SystemExit(f"expected: {what}")
    say(what)


def same(what, actual, expected):
    if actual != expected:
        raise SystemExit(f"expected: {what}\n  found  {actual}\n  wanted {expected}")
    say(what)


def refuses(what, problem, action):
    try:
        action()
    except problem:
        return say(what)
    raise SystemExit(f"expected: {what}")


def at(day, hour=0, month=12):
    return datetime(2026, month, day, hour, tzinfo=timezone.utc)


def component(kind, uid, *lines):
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//T//EN", f"BEGIN:{kind}", f"UID:{uid}", "DTSTAMP:20261101T000000Z"]
    return "\r\n".join([*head, *lines, f"END:{kind}", "END:VCALENDAR", ""])


def uids(objects):
    return sorted(str(one.icalendar_component["UID"]) for one in objects)


def starts(objects, name="DTSTART"):
    return sorted(str(one.icalendar_component[name].dt)[:16] for one in objects)


def calendars(principal):
    found = {one.name for one in principal.calendars()}
    say(f"calendars: {sorted(found)}")
    mine = principal.make_calendar(name="Made by a script", cal_id="made-by-script")
    expect("a calendar is made", "Made by a script" in {one.name for one in principal.calendars()})
    expect("it is found by its id and by its name", principal.calendar(cal_id="made-by-script").url == mine.url == principal.calendar(name="Made by a script").url)
    mine.set_properties([dav.DisplayName("Renamed"), cdav.CalendarDescription("Of a script")])
    same("its properties are set", mine.get_properties([dav.DisplayName(), cdav.CalendarDescription()]), {dav.DisplayName.tag: "Renamed", cdav.CalendarDescription.tag: "Of a script"})
    only = principal.make_calendar(name="Tasks only", cal_id="tasks-only", supported_calendar_component_set=["VTODO"])
    same("a calendar is made for tasks", only.get_supported_components(), ["VTODO"])
    refuses("which holds no events", error.AuthorizationError, lambda: only.save_event(component("VEVENT", "no-task", "DTSTART:20261201T090000Z")))
    only.delete()
    refuses("what is deleted is not found", error.NotFoundError, lambda: only.events())
    return mine


def events(mine):
    weekly = mine.save_event(component("VEVENT", "weekly", "DTSTART:20261201T090000Z", "DTEND:20261201T100000Z", "RRULE:FREQ=WEEKLY;COUNT=10", "EXDATE:20261208T090000Z", "SUMMARY:Weekly", "CATEGORIES:WORK,TEAM", "LOCATION:Room 4"))
    mine.save_event(component("VEVENT", "once", "DTSTART;VALUE=DATE:20261210", "SUMMARY:All day", "CLASS:CONFIDENTIAL", "DESCRIPTION:Nothing\\, really"))
    mine.save_event(component("VEVENT", "weekly-not", "DTSTART:20261203T100000Z", "DURATION:PT30M", "SUMMARY:Seldom", "STATUS:TENTATIVE"))
    same("all events are listed", uids(mine.events()), ["once", "weekly", "weekly-not"])
    expanded = mine.search(start=at(1), end=at(31), event=True, expand=True)
    same("the series is expanded without its exception", starts(expanded), ["2026-12-01 09:00", "2026-12-03 10:00", "2026-12-10", "2026-12-15 09:00", "2026-12-22 09:00", "2026-12-29 09:00"])
    same("or stays whole", uids(mine.search(start=at(14), end=at(16), event=True)), ["weekly"])
    same("also without a component", uids(mine.date_search(at(14), at(16))), ["weekly"])
    by_date = mine.date_search(at(1), at(16), compfilter="VEVENT", expand=True)
    same("a search by date expands within the object", (len(by_date), sum(one.data.count("BEGIN:VEVENT") for one in by_date)), (3, 4))
    same("and goes on without an end", uids(mine.date_search(at(20), compfilter="VEVENT", expand=False)), ["weekly"])
    same("a day without events is empty", mine.date_search(at(8), at(9), expand=False), [])
    # It compares octets: a search in another case finds nothing.
    same("events are not found in another case", mine.search(event=True, summary="seld"), [])
    for name, value, found in (("summary", "Seld", ["weekly-not"]), ("location", "Room", ["weekly"]), ("category", "TEAM", ["weekly"]), ("description", "Nothing, really", ["once"]), ("status", "TENTATIVE", ["weekly-not"]), ("class_", "CONFIDENTIAL", ["once"]), ("uid", "weekly", ["weekly", "weekly-not"])):
        same(f"events are found by {name}", uids(mine.search(event=True, **{name: value})), found)
    same("two conditions must both be met", uids(mine.search(event=True, uid="weekly", status="TENTATIVE")), ["weekly-not"])
    same("sorted by summary", [str(one.icalendar_component["UID"]) for one in mine.search(event=True, sort_keys=["summary"])], ["once", "weekly-not", "weekly"])
    expect("an object is found by its UID, not by a part of it", mine.event_by_uid("weekly").url == weekly.url and mine.object_by_uid("weekly").url == weekly.url)
    refuses("a UID of nothing is not found", error.NotFoundError, lambda: mine.event_by_uid("week"))
    expect("an object is found by its address", "Weekly" in mine.event_by_url(weekly.url).data)
    wanted = [mine.event_by_uid("once").url, weekly.url]
    same("addresses are answered at once", sorted(str(one.url) for one in mine.calendar_multiget(wanted)), sorted(map(str, wanted)))
    return weekly


def saving(mine):
    data = component("VEVENT", "saved", "DTSTART:20270301T090000Z", "SEQUENCE:3", "SUMMARY:First")
    refuses("nothing is changed that is not there", error.ConsistencyError, lambda: mine.save_event(data, no_create=True))
    first = mine.save_event(data, no_overwrite=True)
    refuses("nothing is overwritten", error.ConsistencyError, lambda: mine.save_event(data, no_overwrite=True))
    mine.save_event(data.replace("First", "Second"), no_create=True)
    first.load()
    expect("what is changed is changed", first.icalendar_component["SUMMARY"] == "Second")
    first.icalendar_component["SUMMARY"] = "Third, “ünï”"
    first.save()
    expect("text comes back as it was sent", mine.event_by_uid("saved").icalendar_component["SUMMARY"] == "Third, “ünï”")
    copied = first.copy()
    copied.save()
    same("a copy has a UID of its own", len(mine.search(event=True, summary="Third")), 2)
    made = mine.save_event(dtstart=at(5, 8, 4), dtend=at(5, 9, 4), summary="From values")
    same("an event is made of values", starts([mine.event_by_uid(made.id)]), ["2026-04-05 08:00"])
    for one in (first, copied, made):
        one.delete()
    refuses("what is deleted is gone", error.NotFoundError, first.load)


def busy_times(mine):
    lines = mine.freebusy_request(at(1), at(31)).data.replace("\r\n", "\n").split("\n")
    busy = sorted(line.split(":")[-1] for line in lines if line.startswith("FREEBUSY") and "BUSY-TENTATIVE" not in line)
    same("busy times are those of the events", busy, ["20261201T090000Z/20261201T100000Z", "20261210T000000Z/20261211T000000Z", "20261215T090000Z/20261215T100000Z", "20261222T090000Z/20261222T100000Z", "20261229T090000Z/20261229T100000Z"])
    expect("a tentative event is tentatively busy", "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261203T100000Z/20261203T103000Z" in lines)


def tasks(mine):
    task = mine.save_todo(component("VTODO", "task", "DUE:20261205T090000Z", "SUMMARY:A task", "PRIORITY:5"))
    mine.save_todo(component("VTODO", "undated", "SUMMARY:Some day", "STATUS:NEEDS-ACTION"))
    mine.save_todo(component("VTODO", "cancelled", "DUE:20261204T090000Z", "STATUS:CANCELLED"))
    mine.save_todo(component("VTODO", "done", "DTSTART:20261203T090000Z", "STATUS:COMPLETED", "COMPLETED:20261203T100000Z"))
    mine.save_todo(component("VTODO", "started", "DTSTART:20261202T090000Z", "DURATION:PT2H", "STATUS:IN-PROCESS"))
    same("pending tasks are listed", uids(mine.todos()), ["started", "task", "undated"])
    same("sorted by when they are due", [str(one.icalendar_component["UID"]) for one in mine.todos(sort_keys=("due",))][0], "task")
    same("all tasks are listed", uids(mine.todos(include_completed=True)), ["cancelled", "done", "started", "task", "undated"])
    same("tasks are found by time, one without any at every time", uids(mine.search(todo=True, start=at(5), end=at(6))), ["task", "undated"])
    same("with those that are done", uids(mine.search(todo=True, include_completed=True, start=at(3), end=at(5))), ["cancelled", "done", "undated"])
    task.complete(completion_timestamp=at(5, 8))
    same("a completed task is no longer pending", uids(mine.todos()), ["started", "undated"])
    task.load()
    task.uncomplete()
    same("until it is taken up again", uids(mine.todos()), ["started", "task", "undated"])
    same("a task is found by its UID", mine.todo_by_uid("task").url, task.url)


def recurring_tasks(mine):
    series = ("DTSTART:20261201T090000Z", "DUE:20261201T100000Z", "SUMMARY:Water the plants", "RRULE:FREQ=WEEKLY;COUNT=4")
    safe = mine.save_todo(component("VTODO", "plants", *series))
    # Of pending tasks the library keeps one instance an object.
    found = mine.search(todo=True, include_completed=True, start=at(1), end=at(20), expand=True, summary="Water")
    same("a recurring task is expanded", starts(found), ["2026-12-01 09:00", "2026-12-08 09:00", "2026-12-15 09:00"])
    safe.complete(completion_timestamp=at(1, 10), handle_rrule=True, rrule_mode="safe")
    same("its first instance is done, as a task of its own", len(mine.search(todo=True, include_completed=True, summary="Water")), 2)
    left = mine.search(todo=True, include_completed=True, start=at(2), end=at(31), expand=True, summary="Water")
    same("and three are left, a week after it was done", starts(left), ["2026-12-08 10:00", "2026-12-15 10:00", "2026-12-22 10:00"])
    future = mine.save_todo(component("VTODO", "plants2", *(line.replace("Water", "Feed") for line in series)))
    future.complete(completion_timestamp=at(1, 10), handle_rrule=True, rrule_mode="thisandfuture")
    stored = mine.todo_by_uid("plants2")
    # Which instance it names depends on the clock of this machine; that they come back as they were sent does not.
    same("or all that follow are an instance with RANGE", (stored.data.count("BEGIN:VTODO"), stored.data.count("RANGE=THISANDFUTURE"), stored.data.count("STATUS:COMPLETED")), (3, 1, 1))
    first = mine.search(todo=True, include_completed=True, start=at(1), end=at(2), expand=True, summary="Feed")
    same("and the first one is done", [str(one.icalendar_component["STATUS"]) for one in first], ["COMPLETED"])
    for one in mine.search(todo=True, include_completed=True, summary="Water") + [stored]:
        one.delete()


def journals(mine):
    mine.save_journal(component("VJOURNAL", "diary", "DTSTART;VALUE=DATE:20261206", "SUMMARY:Dear diary"))
    mine.save_journal(component("VJOURNAL", "note", "SUMMARY:A note without a day"))
    same("journals are listed", uids(mine.journals()), ["diary", "note"])
    same("journals are found by time", uids(mine.search(comp_class=caldav.Journal, start=at(6), end=at(7))), ["diary"])
    same("a journal is found by its UID", str(mine.journal_by_uid("note").icalendar_component["SUMMARY"]), "A note without a day")
    expect("events and tasks are none", "diary" not in uids(mine.events() + mine.todos(include_completed=True)))


def sync(mine, weekly):
    known = mine.objects_by_sync_token(load_objects=True)
    same("everything is there at first", len(list(known)), 10)
    same("then nothing new", list(mine.objects_by_sync_token(sync_token=known.sync_token)), [])
    mine.save_event(component("VEVENT", "new", "DTSTART:20270101T090000Z"))
    once = mine.event_by_uid("once")
    once.icalendar_component["SUMMARY"] = "Changed"
    once.save()
    weekly.delete()
    changed, gone = known.sync()
    same("what is new and what is changed", uids(changed), ["new", "once"])
    same("and what is gone", [one.url for one in gone], [weekly.url])
    same("once", known.sync(), ([], []))
    refuses("a token of another calendar is none", error.DAVError, lambda: mine.objects_by_sync_token(sync_token="data:,nonsense"))


def main():
    client = caldav.DAVClient(ADDRESS, username=USER, password=PASSWORD)
    expect("CalDAV is announced", client.check_dav_support() and client.check_cdav_support())
    principal = client.principal()
    mine = calendars(principal)
    weekly = events(mine)
    saving(mine)
    busy_times(mine)
    tasks(mine)
    recurring_tasks(mine)
    journals(mine)
    sync(mine, weekly)
    mine.delete()
    expect("the calendar is gone", "Renamed" not in {one.name for one in principal.calendars()})
    say("ok")


main()
