"""Reads zones with other people's libraries: zoneinfo for IANA names, dateutil for VTIMEZONEs. Cases come on stdin as JSON,
differences go to stdout as JSON.

A VTIMEZONE is read twice. `rules` takes it as RFC 5545 section 3.6.5 tells: the offset at a moment is that of the latest
onset; onsets are expanded by dateutil.rrule. `tzical` is dateutil's own reader, with two things put right before it sees the
text, both of which the RFC is plain about: UNTIL is in UTC (section 3.3.10), where it compares it with wall time, and before
the first onset the offset is its TZOFFSETFROM (section 3.6.5), where it takes the first STANDARD. It compares onsets of two
observances by their wall times, though each is told in the offset before it (section 3.6.5): where two come within hours,
it is not asked.
"""
import bisect
import datetime
import io
import json
import re
import sys
import zoneinfo

from dateutil import rrule, tz

EPOCH = datetime.datetime(1970, 1, 1)
SHARE_OF_TZICAL = 7
HORIZON = datetime.datetime(2052, 1, 1)


def wall(seconds):
    return EPOCH + datetime.timedelta(seconds=seconds)


def seconds_of(moment):
    return int((moment - EPOCH).total_seconds())


def read_wall(text):
    """Some write a DATE where a DATE-TIME belongs: midnight."""
    text = text if "T" in text else text + "T000000"
    return datetime.datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")


def read_offset(text):
    digits = text[1:].ljust(6, "0")
    size = int(digits[0:2]) * 3600 + int(digits[2:4]) * 60 + int(digits[4:6])
    return -size if text[0] == "-" else size


def unfold(text):
    return re.sub(r"\r?\n[ \t]", "", text).replace("\r\n", "\n").split("\n")


def until_to_wall(rule, offset):
    """Turns the UTC moment of UNTIL into the wall time of its observance."""
    def turn(match):
        local = read_wall(match.group(1)) + datetime.timedelta(seconds=offset)
        return "UNTIL=" + local.strftime("%Y%m%dT%H%M%S")
    return re.sub(r"UNTIL=(\d{8}T\d{6})Z", turn, rule)


def observances(lines):
    current = None
    for line in lines:
        name, _, value = line.partition(":")
        if line in ("BEGIN:STANDARD", "BEGIN:DAYLIGHT"):
            current = {"rules": [], "dates": []}
        elif line in ("END:STANDARD", "END:DAYLIGHT"):
            yield current
            current = None
        elif current is not None:
            name = name.partition(";")[0]
            if name == "RRULE":
                current["rules"].append(value)
            elif name == "RDATE":
                current["dates"] += value.split(",")
            else:
                current[name] = value


def expand(observance):
    offset = read_offset(observance["TZOFFSETFROM"])
    to = read_offset(observance["TZOFFSETTO"])
    start = read_wall(observance["DTSTART"])
    # A time with Z is not allowed here; it can mean nothing but UTC.
    shift = datetime.timedelta(seconds=offset)
    onsets = {start} | {read_wall(date) + (shift if date.endswith("Z") else shift * 0) for date in observance["dates"]}
    for text in observance["rules"]:
        rule = rrule.rrulestr(until_to_wall(text, offset), dtstart=start)
        for onset in rule:
            if onset > HORIZON:
                break
            onsets.add(onset)
    return [(seconds_of(onset) - offset, offset, to) for onset in onsets]


def by_rules(lines):
    found = sorted((expand(o) for o in observances(lines)), key=min)
    onsets = sorted((onset for group in found for onset in group), key=lambda onset: onset[0])
    moments = [onset[0] for onset in onsets]

    def offset_at(utc):
        at = bisect.bisect_right(moments, utc)
        return onsets[at - 1][2] if at > 0 else onsets[0][1]
    is_plain = all(later - earlier > 86400 for earlier, later in zip(moments, moments[1:]) if later != earlier)
    return offset_at, moments[0], is_plain


READ = ("BEGIN", "END", "TZID", "DTSTART", "RRULE", "RDATE", "TZNAME", "TZOFFSETFROM", "TZOFFSETTO")


def for_tzical(lines):
    """Takes out what it refuses to pass over, and turns UNTIL."""
    offset = 0
    for at, line in enumerate(lines):
        if re.split("[;:]", line)[0] not in READ:
            continue
        if line.startswith("BEGIN:") and line.partition(":")[2] in ("STANDARD", "DAYLIGHT"):
            following = lines[at:lines.index("END:" + line.partition(":")[2], at)]
            offset = next(read_offset(l.partition(":")[2]) for l in following if l.startswith("TZOFFSETFROM"))
        yield until_to_wall(line, offset) if line.startswith("RRULE") else line


def by_tzical(lines):
    zones = tz.tzical(io.StringIO("\n".join(for_tzical(lines))))
    zone = zones.get(zones.keys()[0])

    def offset_at(utc, ours, fold):
        # The reader answers for wall times: given ours, it must say the same offset.
        local = wall(utc + ours).replace(tzinfo=zone, fold=fold)
        return int(local.utcoffset().total_seconds())
    return offset_at


def judge_text(case):
    lines = unfold(case["text"])
    offset_at, first, is_plain = by_rules(lines)
    try:
        tzical = by_tzical(lines) if case["tzical"] and is_plain else None
    except ValueError:
        yield ["unread", case["id"], 0, 0, 0]
        tzical = None
    for at, (utc, ours, fold) in enumerate(case["moments"]):
        theirs = offset_at(utc)
        if theirs != ours:
            yield ["rules", case["id"], utc, ours, theirs]
        # It goes through all onsets for every answer.
        if tzical is None or at % SHARE_OF_TZICAL > 0 or utc < first + 86400:
            continue
        if (theirs := tzical(utc, ours, fold)) != ours:
            yield ["tzical", case["id"], utc, ours, theirs]


def judge_iana(case):
    zone = zoneinfo.ZoneInfo(case["id"])
    for utc, ours, _ in case["moments"]:
        moment = wall(utc).replace(tzinfo=datetime.timezone.utc)
        theirs = int(moment.astimezone(zone).utcoffset().total_seconds())
        if theirs != ours:
            yield ["zoneinfo", case["id"], utc, ours, theirs]


def main():
    cases = json.load(sys.stdin)
    known = zoneinfo.available_timezones()
    differences = []
    compared = 0
    for case in cases["iana"]:
        if case["id"] in known:
            differences += judge_iana(case)
            compared += len(case["moments"])
    for case in cases["texts"]:
        differences += judge_text(case)
        compared += len(case["moments"])
    unread = [difference[1] for difference in differences if difference[0] == "unread"]
    differences = [difference for difference in differences if difference[0] != "unread"]
    json.dump({"compared": compared, "differences": differences, "unread": unread}, sys.stdout)


main()
