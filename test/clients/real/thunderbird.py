"""Drives Thunderbird, headless, through its own code: finds calendars and address books from a bare address, then works both ways.

    python3 thunderbird.py ADDRESS USER PASSWORD [PROGRAM]
Prints one line per thing seen; the last line is `ok` or the run failed.
"""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode

ADDRESS, USER, PASSWORD = sys.argv[1:4]
PROGRAM = sys.argv[4] if len(sys.argv) > 4 else "thunderbird"
WAIT_SECONDS = 60
PREFERENCES = {
    "marionette.port": 0,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.spotlight.firstRunDone": True,
    "mail.winsearch.firstRunDone": True,
    "mailnews.start_page.enabled": False,
    "app.update.auto": False,
    "app.donation.eoy.version.viewed": 999,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.policy.dataSubmissionPolicyBypassNotification": True,
    "calendar.registry.autoAdd": False,
    "calendar.timezone.local": "Europe/Berlin",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "extensions.getAddons.cache.enabled": False,
}


def say(text):
    print(text, flush=True)


def request(method, href, body=None, content_type=None, depth=None):
    sent = urllib.request.Request(urllib.parse.urljoin(ADDRESS, href), data=body, method=method)
    sent.add_header("Authorization", "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode())
    if content_type:
        sent.add_header("Content-Type", content_type)
    if depth:
        sent.add_header("Depth", depth)
    with urllib.request.urlopen(sent) as answer:
        return answer.read().decode()


def is_gone(href):
    try:
        request("GET", href)
        return False
    except urllib.error.HTTPError as answer:
        return answer.code == 404


def until(what, check):
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        found = check()
        if found:
            return found
        time.sleep(0.3)
    raise SystemExit(f"not within {WAIT_SECONDS} s: {what}")


class Marionette:
    """The remote-control protocol of Mozilla programs: length-prefixed JSON arrays over TCP."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS)
        self.count = 0
        self.read()

    def read(self):
        head = b""
        while not head.endswith(b":"):
            piece = self.socket.recv(1)
            if not piece:
                raise SystemExit("the connection to Thunderbird was closed")
            head += piece
        size = int(head[:-1])
        body = b""
        while len(body) < size:
            body += self.socket.recv(size - len(body))
        return json.loads(body)

    def call(self, name, parameters):
        self.count += 1
        message = json.dumps([0, self.count, name, parameters]).encode()
        self.socket.sendall(str(len(message)).encode() + b":" + message)
        _, _, error, result = self.read()
        if error:
            raise SystemExit(f"{name}: {error.get('message')}\n{error.get('stacktrace', '')[:1500]}")
        return result

    def run(self, script, *arguments):
        """Runs the body of an async function in the program's own context; what it returns must be JSON."""
        wrapped = "const done = arguments[arguments.length - 1]; const args = [...arguments].slice(0, -1);" \
            "(async () => {" + script + "})().then(v => done({value: v === undefined ? null : v}), e => done({error: String(e) + '\\n' + (e && e.stack)}));"
        answer = self.call("WebDriver:ExecuteAsyncScript", {"script": wrapped, "args": list(arguments), "scriptTimeout": 60000})["value"]
        if "error" in answer:
            raise SystemExit(f"Thunderbird: {answer['error']}")
        return answer["value"]


def start():
    profile = tempfile.mkdtemp(prefix="thunderbird-")
    with open(os.path.join(profile, "user.js"), "w", encoding="utf-8") as prefs:
        for name, value in PREFERENCES.items():
            prefs.write(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n")
    environment = {**os.environ, "HOME": profile, "MOZ_HEADLESS": "1", "MOZ_MARIONETTE": "1"}
    process = subprocess.Popen([PROGRAM, "--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", profile],
                               env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    port_file = os.path.join(profile, "MarionetteActivePort")
    until("Thunderbird's control port", lambda: os.path.exists(port_file) and open(port_file, encoding="utf-8").read().strip())
    with open(port_file, encoding="utf-8") as held:
        return process, profile, Marionette(int(held.read()))


REMEMBER = """
  const realm = args[3];
  const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
  login.init(new URL(args[0]).origin, null, realm, args[1], args[2], "", "");
  await Services.logins.addLoginAsync(login);
"""

CALENDARS = """
  const { cal } = ChromeUtils.importESModule("resource:///modules/calendar/calUtils.sys.mjs");
  const found = await cal.provider.detection.detect(args[1], args[2], args[0], true, [], {});
  const caldav = [...found].find(([provider]) => provider.type === "caldav");
  if (!caldav) throw new Error("no CalDAV calendars found");
  const names = [];
  for (const calendar of caldav[1]) {
    calendar.setProperty("username", args[1]);
    calendar.setProperty("cache.enabled", true);
    cal.manager.registerCalendar(calendar);
    names.push([calendar.name, calendar.uri.spec, calendar.id]);
  }
  return names;
"""

WITH_CALENDAR = """
  const { cal } = ChromeUtils.importESModule("resource:///modules/calendar/calUtils.sys.mjs");
  const { CalEvent } = ChromeUtils.importESModule("resource:///modules/CalEvent.sys.mjs");
  const calendar = cal.manager.getCalendars().find((c) => c.uri.spec === args[0]);
  const refresh = () => new Promise((done) => {
    const nothing = () => {};
    const observer = {
      QueryInterface: ChromeUtils.generateQI(["calIObserver"]),
      onLoad() { calendar.removeObserver(observer); done(); },
      onStartBatch: nothing, onEndBatch: nothing, onAddItem: nothing, onModifyItem: nothing, onDeleteItem: nothing,
      onError: nothing, onPropertyChanged: nothing, onPropertyDeleting: nothing,
    };
    calendar.addObserver(observer);
    calendar.refresh();
    setTimeout(done, 3000);
  });
"""

BOOKS = """
  const { CardDAVUtils } = ChromeUtils.importESModule("resource:///modules/CardDAVUtils.sys.mjs");
  const found = await CardDAVUtils.detectAddressBooks(args[1], args[2], args[0], false);
  const made = [];
  for (const each of found) {
    const book = await each.create();
    made.push([book.dirName, each.url.href, book.UID]);
  }
  return made;
"""

WITH_BOOK = """
  const book = MailServices.ab.getDirectoryFromUID(args[0]);
  const { CardDAVDirectory } = ChromeUtils.importESModule("resource:///modules/CardDAVDirectory.sys.mjs");
  const inner = CardDAVDirectory.forFile(book.fileName);
"""


def calendar_both_ways(program, url):
    path = urllib.parse.urlparse(url).path
    program.run(WITH_CALENDAR + """
      const event = new CalEvent("BEGIN:VCALENDAR\\r\\nVERSION:2.0\\r\\nPRODID:-//T//EN\\r\\nBEGIN:VEVENT\\r\\nUID:thunderbird-made\\r\\nDTSTAMP:20261101T000000Z\\r\\nDTSTART:20261201T090000Z\\r\\nDTEND:20261201T100000Z\\r\\nSUMMARY:Made in Thunderbird\\r\\nEND:VEVENT\\r\\nEND:VCALENDAR\\r\\n");
      await calendar.addItem(event);
    """, url)
    until("the event on the server", lambda: not is_gone(f"{path}thunderbird-made.ics"))
    say("event created by the client is on the server")
    program.run(WITH_CALENDAR + """
      const old = await calendar.getItem("thunderbird-made");
      const changed = old.clone();
      changed.title = "Changed in Thunderbird";
      await calendar.modifyItem(changed, old);
    """, url)
    until("the changed event", lambda: "Changed in Thunderbird" in request("GET", f"{path}thunderbird-made.ics"))
    say("event changed by the client is on the server")
    other = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r\nUID:server-made\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261202T090000Z\r\nDTEND:20261202T100000Z\r\nSUMMARY:Made elsewhere\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    request("PUT", f"{path}server-made.ics", other.encode(), "text/calendar")
    title = until("the event made elsewhere", lambda: program.run(WITH_CALENDAR + """
      await refresh();
      const item = await calendar.getItem("server-made");
      return item ? item.title : null;
    """, url))
    say(f"event made elsewhere seen by the client: {title}")
    request("PUT", f"{path}server-made.ics", other.replace("Made elsewhere", "Changed elsewhere").encode(), "text/calendar")
    until("the change made elsewhere", lambda: program.run(WITH_CALENDAR + """
      await refresh();
      const item = await calendar.getItem("server-made");
      return item && item.title === "Changed elsewhere" ? item.title : null;
    """, url))
    say("event changed elsewhere seen by the client")
    request("DELETE", f"{path}server-made.ics")
    until("the deletion made elsewhere", lambda: program.run(WITH_CALENDAR + "await refresh(); return (await calendar.getItem('server-made')) === null;", url))
    say("event deleted elsewhere is gone from the client")
    program.run(WITH_CALENDAR + "await calendar.deleteItem(await calendar.getItem('thunderbird-made'));", url)
    until("the deletion by the client", lambda: is_gone(f"{path}thunderbird-made.ics"))
    say("event deleted by the client is gone from the server")


def book_both_ways(program, uid, url):
    path = urllib.parse.urlparse(url).path
    made = program.run(WITH_BOOK + """
      const { AddrBookCard } = ChromeUtils.importESModule("resource:///modules/AddrBookCard.sys.mjs");
      const card = new AddrBookCard();
      card.displayName = "Ada Thunderbird"; card.firstName = "Ada"; card.lastName = "Thunderbird"; card.primaryEmail = "ada@example.org";
      return book.addCard(card).UID;
    """, uid)
    until("the card on the server", lambda: not is_gone(f"{path}{made}.vcf"))
    say("contact created by the client is on the server")
    program.run(WITH_BOOK + "const card = book.childCards.find((c) => c.UID === args[1]); card.vCardProperties.clearValues('fn'); card.vCardProperties.addValue('fn', 'Ada Changed'); book.modifyCard(card);", uid, made)
    until("the changed card", lambda: "Ada Changed" in request("GET", f"{path}{made}.vcf"))
    say("contact changed by the client is on the server")
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:card-elsewhere\r\nFN:Bob Elsewhere\r\nN:Elsewhere;Bob;;;\r\nEND:VCARD\r\n"
    request("PUT", f"{path}card-elsewhere.vcf", card.encode(), "text/vcard")
    until("the contact made elsewhere", lambda: program.run(WITH_BOOK + "await inner.syncWithServer(); return book.childCards.some((c) => c.displayName === 'Bob Elsewhere');", uid))
    say("contact made elsewhere seen by the client")
    request("PUT", f"{path}card-elsewhere.vcf", card.replace("Bob Elsewhere", "Bob Changed").encode(), "text/vcard")
    until("the contact changed elsewhere", lambda: program.run(WITH_BOOK + "await inner.syncWithServer(); return book.childCards.some((c) => c.displayName === 'Bob Changed');", uid))
    say("contact changed elsewhere seen by the client")
    request("DELETE", f"{path}card-elsewhere.vcf")
    until("the contact deleted elsewhere", lambda: program.run(WITH_BOOK + "await inner.syncWithServer(); return !book.childCards.some((c) => c.displayName === 'Bob Changed');", uid))
    say("contact deleted elsewhere is gone from the client")
    program.run(WITH_BOOK + "book.deleteCards([book.childCards.find((c) => c.UID === args[1])]);", uid, made)
    until("the deletion by the client", lambda: is_gone(f"{path}{made}.vcf"))
    say("contact deleted by the client is gone from the server")


def main():
    process, profile, program = start()
    try:
        program.call("WebDriver:NewSession", {"capabilities": {}})
        program.call("Marionette:SetContext", {"value": "chrome"})
        say(f"Thunderbird {program.run('return Services.appinfo.version;')}")
        realm = "Daybook" if len(sys.argv) <= 5 else sys.argv[5]
        program.run(REMEMBER, ADDRESS, USER, PASSWORD, realm)
        calendars = program.run(CALENDARS, ADDRESS, USER, PASSWORD)
        say(f"calendars found from {ADDRESS}: {[name for name, _, _ in calendars]}")
        calendar_both_ways(program, sorted(calendars)[0][1])
        books = program.run(BOOKS, ADDRESS, USER, PASSWORD)
        say(f"address books found from {ADDRESS}: {[name for name, _, _ in books]}")
        book_both_ways(program, books[0][2], books[0][1])
        say("ok")
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(profile, ignore_errors=True)


main()
