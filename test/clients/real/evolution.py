"""Drives evolution-data-server, headless: discovers an account from its bare address, then works both ways.

Run inside a D-Bus session with HOME set to an empty folder:
    dbus-run-session -- python3 evolution.py ADDRESS USER PASSWORD
Prints one line per thing seen; the last line is `ok` or the run failed.
"""
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode

import gi

for name, version in (("EDataServer", "1.2"), ("ECal", "2.0"), ("EBook", "1.2"), ("EBookContacts", "1.2"), ("ICalGLib", "3.0")):
    gi.require_version(name, version)
from gi.repository import EBook, EBookContacts, ECal, EDataServer, GLib, ICalGLib

ADDRESS, USER, PASSWORD = sys.argv[1:4]
WAIT_SECONDS = 30


def say(text):
    print(text, flush=True)


def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        while GLib.MainContext.default().iteration(False):
            pass
        time.sleep(0.05)


def until(what, check):
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        found = check()
        if found:
            return found
        spin(0.2)
    raise SystemExit(f"not within {WAIT_SECONDS} s: {what}")


def unlock_keyring():
    subprocess.run(["gnome-keyring-daemon", "--unlock", "--components=secrets", "--daemonize"], input=b"test", check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_account(registry):
    """The account as a person adds it: one address, one name; everything else is discovered."""
    account = EDataServer.Source.new(None, None)
    account.set_display_name("Test account")
    collection = account.get_extension(EDataServer.SOURCE_EXTENSION_COLLECTION)
    collection.set_backend_name("webdav")
    collection.set_identity(USER)
    collection.set_calendar_url(ADDRESS)
    collection.set_contacts_url(ADDRESS)
    url = urllib.parse.urlparse(ADDRESS)
    authentication = account.get_extension(EDataServer.SOURCE_EXTENSION_AUTHENTICATION)
    authentication.set_host(url.hostname)
    authentication.set_port(url.port or 443)
    authentication.set_user(USER)
    authentication.set_method("plain/password")
    account.get_extension(EDataServer.SOURCE_EXTENSION_SECURITY).set_secure(url.scheme == "https")
    account.store_password_sync(PASSWORD, True, None)
    registry.commit_source_sync(account, None)
    return registry.ref_source(account.get_uid())


def children(registry, account, extension):
    found = [s for s in registry.list_sources(extension) if s.get_parent() == account.get_uid()]
    return {s.get_display_name(): s for s in found}


def request(method, href, body=None, content_type=None):
    sent = urllib.request.Request(href, data=body, method=method)
    sent.add_header("Authorization", "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode())
    if content_type:
        sent.add_header("Content-Type", content_type)
    with urllib.request.urlopen(sent) as answer:
        return answer.read().decode()


def is_gone(href):
    try:
        request("GET", href)
        return False
    except urllib.error.HTTPError as answer:
        return answer.code == 404


def href_of(source):
    web = source.get_extension(EDataServer.SOURCE_EXTENSION_WEBDAV_BACKEND)
    uri = web.dup_uri() if hasattr(web, "dup_uri") else web.dup_soup_uri()
    return f"{urllib.parse.urljoin(ADDRESS, '/').rstrip('/')}{uri.get_path()}"


def calendar_both_ways(source):
    client = ECal.Client.connect_sync(source, ECal.ClientSourceType.EVENTS, 20, None)
    event = ICalGLib.Component.new_from_string(
        "BEGIN:VEVENT\r\nUID:evolution-made\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261201T090000Z\r\nDTEND:20261201T100000Z\r\nSUMMARY:Made in Evolution\r\nEND:VEVENT\r\n")
    _, uid = client.create_object_sync(event, ECal.OperationFlags.NONE, None)
    say(f"event created by the client: {uid}")
    _, made = client.get_object_sync(uid, None, None)
    made.set_summary("Changed in Evolution")
    client.modify_object_sync(made, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)
    until("the changed event on the server", lambda: "Changed in Evolution" in request("GET", f"{href_of(source)}{uid}.ics"))
    say("event changed by the client is on the server")
    other = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r\nUID:server-made\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261202T090000Z\r\nDTEND:20261202T100000Z\r\nSUMMARY:Made elsewhere\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    request("PUT", f"{href_of(source)}server-made.ics", other.encode(), "text/calendar")

    def seen():
        client.refresh_sync(None)
        spin(1)
        _, objects = client.get_object_list_sync("#t", None)
        return [o.get_summary() for o in objects if o.get_uid() == "server-made"]

    say(f"event made elsewhere seen by the client: {until('the other event', seen)[0]}")
    request("PUT", f"{href_of(source)}server-made.ics", other.replace("Made elsewhere", "Changed elsewhere").encode(), "text/calendar")
    until("the other event's change", lambda: seen() == ["Changed elsewhere"])
    say("event changed elsewhere seen by the client")
    request("DELETE", f"{href_of(source)}server-made.ics")
    until("the other event's deletion", lambda: not seen())
    say("event deleted elsewhere is gone from the client")
    client.remove_object_sync(uid, None, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)
    until("the deletion by the client", lambda: is_gone(f"{href_of(source)}{uid}.ics"))
    say("event deleted by the client is gone from the server")


def book_both_ways(source):
    client = EBook.BookClient.connect_sync(source, 20, None)
    contact = EBookContacts.Contact.new_from_vcard("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada Evolution\r\nN:Evolution;Ada;;;\r\nEMAIL:ada@example.org\r\nEND:VCARD\r\n")
    _, uid = client.add_contact_sync(contact, EBookContacts.BookOperationFlags.NONE if hasattr(EBookContacts, "BookOperationFlags") else 0, None)
    say(f"contact created by the client: {uid}")
    _, made = client.get_contact_sync(uid, None)
    made.set_property("full-name", "Ada Changed")
    client.modify_contact_sync(made, 0, None)

    def cards():
        listing = urllib.request.Request(href_of(source), method="PROPFIND", headers={"Depth": "1", "Authorization": "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()})
        with urllib.request.urlopen(listing) as answer:
            text = answer.read().decode()
        return [part.split("<")[0] for part in text.replace("</", "<").split("href>") if ".vcf" in part.split("<")[0]]

    root = "/".join(href_of(source).split("/")[:3])
    until("the changed card on the server", lambda: any("Ada Changed" in request("GET", root + href) for href in cards()))
    say("contact changed by the client is on the server")
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:card-elsewhere\r\nFN:Bob Elsewhere\r\nN:Elsewhere;Bob;;;\r\nEND:VCARD\r\n"
    request("PUT", f"{href_of(source)}card-elsewhere.vcf", card.encode(), "text/vcard")

    def seen():
        client.refresh_sync(None)
        spin(1)
        _, found = client.get_contacts_sync('(contains "full_name" "Bob")', None)
        return [c.get_property("full-name") for c in found]

    say(f"contact made elsewhere seen by the client: {until('the other contact', seen)[0]}")
    request("PUT", f"{href_of(source)}card-elsewhere.vcf", card.replace("Bob Elsewhere", "Bob Changed").encode(), "text/vcard")
    until("the other contact's change", lambda: seen() == ["Bob Changed"])
    say("contact changed elsewhere seen by the client")
    request("DELETE", f"{href_of(source)}card-elsewhere.vcf")
    until("the other contact's deletion", lambda: not seen())
    say("contact deleted elsewhere is gone from the client")
    client.remove_contact_by_uid_sync(uid, 0, None)
    until("the card gone", lambda: not cards())
    say("contact deleted by the client is gone from the server")


def main():
    unlock_keyring()
    registry = EDataServer.SourceRegistry.new_sync(None)
    account = make_account(registry)
    calendars = until("calendars of the account", lambda: children(registry, account, EDataServer.SOURCE_EXTENSION_CALENDAR))
    books = until("address books of the account", lambda: children(registry, account, EDataServer.SOURCE_EXTENSION_ADDRESS_BOOK))
    tasks = until("task lists of the account", lambda: children(registry, account, EDataServer.SOURCE_EXTENSION_TASK_LIST))
    say(f"discovered from {ADDRESS}: calendars {sorted(calendars)}, task lists {sorted(tasks)}, address books {sorted(books)}")
    calendar_both_ways(next(iter(calendars.values())))
    book_both_ways(next(iter(books.values())))
    say("ok")


main()
