"""Drives vdirsyncer with khal and khard: two folders of files stay aligned with the server, both ways.

    python3 vdirsyncer.py ADDRESS USER PASSWORD
Prints one line per thing seen; the last line is `ok` or the run failed.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode

ADDRESS, USER, PASSWORD = sys.argv[1:4]
HOME = tempfile.mkdtemp(prefix="vdirsyncer-")
ENVIRONMENT = {**os.environ, "HOME": HOME, "XDG_CONFIG_HOME": f"{HOME}/.config", "XDG_DATA_HOME": f"{HOME}/.local", "LC_ALL": "C.UTF-8", "EDITOR": "true", "TZ": "UTC"}

VDIRSYNCER = f"""
[general]
status_path = "{HOME}/status/"
[pair events]
a = "events_here"
b = "events_there"
collections = ["from b"]
conflict_resolution = "b wins"
metadata = ["color", "displayname"]
[storage events_here]
type = "filesystem"
path = "{HOME}/calendars/"
fileext = ".ics"
[storage events_there]
type = "caldav"
url = "{ADDRESS}"
username = "{USER}"
password = "{PASSWORD}"
[pair cards]
a = "cards_here"
b = "cards_there"
collections = ["from b"]
conflict_resolution = "b wins"
[storage cards_here]
type = "filesystem"
path = "{HOME}/contacts/"
fileext = ".vcf"
[storage cards_there]
type = "carddav"
url = "{ADDRESS}"
username = "{USER}"
password = "{PASSWORD}"
"""


def say(text):
    print(text, flush=True)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as held:
        held.write(text)


def run(*command, given="", stop=True):
    done = subprocess.run(command, input=given, capture_output=True, text=True, env=ENVIRONMENT, timeout=120, check=False)
    if stop and done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout + done.stderr


def request(method, href, body=None, content_type=None, headers=None):
    sent = urllib.request.Request(urllib.parse.urljoin(ADDRESS, href), data=body.encode() if body else None, method=method, headers=headers or {})
    sent.add_header("Authorization", "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode())
    if content_type:
        sent.add_header("Content-Type", content_type)
    with urllib.request.urlopen(sent) as answer:
        return answer.read().decode()


def hrefs(collection):
    listing = request("PROPFIND", collection, headers={"Depth": "1"})
    return [h for h in re.findall(r"<(?:\w+:)?href>([^<]+)</", listing) if re.search(r"\.(ics|vcf)$", h)]


def bodies(collection):
    return {href: request("GET", href) for href in hrefs(collection)}


def expect(what, condition, evidence=""):
    if not condition:
        raise SystemExit(f"expected: {what}\n{evidence}")
    say(what)


def main():
    write(f"{HOME}/.config/vdirsyncer/config", VDIRSYNCER)
    found = run("vdirsyncer", "discover", given="y\n" * 20)
    run("vdirsyncer", "sync")
    calendars = sorted(os.path.basename(p) for p in glob.glob(f"{HOME}/calendars/*"))
    books = sorted(os.path.basename(p) for p in glob.glob(f"{HOME}/contacts/*"))
    expect(f"discovered from {ADDRESS}: calendars {calendars}, address books {books}", "calendar" in calendars and "contacts" in books, found)
    there = {"events": f"{sys.argv[4]}calendar/", "cards": f"{sys.argv[5]}contacts/"}
    write(f"{HOME}/.config/khal/config", f"""
[calendars]
[[calendar]]
path = {HOME}/calendars/calendar
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
[default]
default_calendar = calendar
""")
    write(f"{HOME}/.config/khard/khard.conf", f"""
[addressbooks]
[[contacts]]
path = {HOME}/contacts/contacts
[general]
default_action = list
editor = true
merge_editor = true
[contact table]
[vcard]
preferred_version = 3.0
""")
    run("khal", "new", "2026-12-01", "10:00", "11:00", "Dentist made in khal")
    run("khard", "new", "-a", "contacts", "-i", "-", given="First name : Ada\nLast name : Khard\nEmail :\n    home : ada@example.org\n", stop=False)
    expect("khard wrote a card", len(glob.glob(f"{HOME}/contacts/contacts/*.vcf")) == 1, run("khard", "list", stop=False))
    run("vdirsyncer", "sync")
    expect("event made in khal is on the server", any("Dentist made in khal" in b for b in bodies(there["events"]).values()))
    expect("contact made in khard is on the server", any("Ada" in b and "Khard" in b for b in bodies(there["cards"]).values()))
    event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r\nUID:server-made\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261202T090000Z\r\nDTEND:20261202T100000Z\r\nSUMMARY:Made elsewhere\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:card-elsewhere\r\nFN:Bob Elsewhere\r\nN:Elsewhere;Bob;;;\r\nEND:VCARD\r\n"
    request("PUT", f"{there['events']}server-made.ics", event, "text/calendar")
    request("PUT", f"{there['cards']}card-elsewhere.vcf", card, "text/vcard")
    run("vdirsyncer", "sync")
    expect("khal lists the event made elsewhere", "Made elsewhere" in run("khal", "list", "2026-12-02", "2026-12-03"))
    expect("khard lists the contact made elsewhere", "Bob Elsewhere" in run("khard", "list"))
    own = [p for p in glob.glob(f"{HOME}/calendars/calendar/*.ics") if "Dentist" in open(p, encoding="utf-8").read()][0]
    text = open(own, encoding="utf-8", newline="").read()
    with open(own, "w", encoding="utf-8", newline="") as held:
        held.write(text.replace("Dentist made in khal", "Dentist changed here"))
    request("PUT", f"{there['events']}server-made.ics", event.replace("Made elsewhere", "Changed elsewhere"), "text/calendar")
    run("vdirsyncer", "sync")
    expect("the change made here is on the server", any("Dentist changed here" in b for b in bodies(there["events"]).values()))
    expect("khal lists the change made elsewhere", "Changed elsewhere" in run("khal", "list", "2026-12-02", "2026-12-03"))
    os.remove(own)
    request("DELETE", f"{there['events']}server-made.ics")
    request("DELETE", f"{there['cards']}card-elsewhere.vcf")
    for path in glob.glob(f"{HOME}/contacts/contacts/*.vcf"):
        if "Khard" in open(path, encoding="utf-8").read():
            os.remove(path)
    run("vdirsyncer", "sync", "--force-delete")
    expect("deletions went both ways", not hrefs(there["events"]) and not hrefs(there["cards"]) and not glob.glob(f"{HOME}/calendars/calendar/*.ics") and not glob.glob(f"{HOME}/contacts/contacts/*.vcf"))
    expect("a sync with nothing to do changes nothing", "error" not in run("vdirsyncer", "sync").lower())
    say("ok")


main()
