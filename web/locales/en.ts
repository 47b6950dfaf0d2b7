/** Every text of the pages in English; `{name}` is replaced, `#one` and `#other` are plural forms of a key. */
export const EN = {
  'app.name': 'Daybook',
  'app.skip': 'Skip to the content',
  'nav.label': 'Pages',
  'nav.home': 'Calendars and contacts',
  'role.admin': 'Administrator',
  'sign-out': 'Sign out',

  'setup.title': 'Make the first administrator',
  'setup.lead': 'This account can do everything on this server. Others are added afterwards.',
  'setup.name': 'Your name',
  'setup.login': 'User name',
  'setup.login.hint': 'You type it on your devices. Letters, digits, dot and dash are easiest.',
  'setup.email': 'Email, if you like',
  'setup.email.hint': 'Shown to your calendar apps as your address.',
  'setup.password': 'Password',
  'setup.password.hint': 'At least 10 characters. A few unrelated words are strong and easy to type.',
  'setup.submit': 'Make the administrator',
  'setup.where': 'Everything is kept in {place}',
  'setup.address': 'People will use the address {address}',
  'setup.https.ok': 'Phones can connect: the address is https.',
  'setup.https.local':
    'Phones need https. This address works on this computer only; that is enough to try things out.',
  'setup.https.missing':
    'Phones need https, and passwords can be read on the way without it. Put a proxy with a certificate in front before others use this server.',
  'setup.over.title': 'This link does not work any more',
  'setup.over.text':
    'A set-up link works once, and for 30 minutes. If the administrator was made, sign in. If not, start Daybook again: it prints a new link.',
  'setup.unknown.title': 'This link is not complete',
  'setup.unknown.text':
    'Copy the whole set-up link from the terminal where Daybook was started. A new start prints a new one.',
  'setup.refused': 'The account could not be made',

  'field.needed': 'Fill this in.',
  'login.bad': 'A user name has 1 to 128 characters, without colon, slash or control characters.',
  'email.bad': 'This is not an email address. Leave it empty or write it like ann@example.org.',
  'name.long': 'Use at most 200 characters.',
  'password.short': 'This has {count} characters. Use at least 10.',
  'password.long': 'Use at most 1024 bytes.',
  'password.guessable': 'This is one of the first things somebody would try. Choose something less obvious.',
  'password.again': 'Type the password once more; it is never sent back to the page.',

  'sign-in.title': 'Sign in',
  'sign-in.login': 'User name',
  'sign-in.password': 'Password',
  'sign-in.submit': 'Sign in',
  'sign-in.wrong': 'The user name or the password is not right',
  'sign-in.wrong.next': 'Check both and try again. Passwords made for single devices do not work here.',
  'sign-in.slow': 'Too many tries',
  'sign-in.slow.next': 'Wait {seconds} seconds, then try again.',
  'sign-in.first': 'You were signed out, or have not signed in yet.',
  'sign-in.out': 'You are signed out.',
  'sign-in.busy': 'The server is busy',
  'sign-in.busy.next': 'Nothing is wrong with your password. Try again in a moment.',

  'home.title.empty': 'Nothing here yet',
  'home.lead.empty': 'Connect an app and add something, or import a file: it appears here.',
  'home.lead': 'In {places}.',
  'count.events#one': '{count} event',
  'count.events#other': '{count} events',
  'count.tasks#one': '{count} task',
  'count.tasks#other': '{count} tasks',
  'count.contacts#one': '{count} contact',
  'count.contacts#other': '{count} contacts',
  'count.calendars#one': '{count} calendar',
  'count.calendars#other': '{count} calendars',
  'count.lists#one': '{count} task list',
  'count.lists#other': '{count} task lists',
  'count.books#one': '{count} address book',
  'count.books#other': '{count} address books',
  'home.welcome':
    'You are the administrator of this server. Connect your first device with the address below.',

  'connect.title': 'Connect an app',
  'connect.address': 'Address',
  'connect.login': 'User name',
  'connect.password': 'Password',
  'connect.password.text': 'The one you sign in with here.',
  'connect.https': 'Phones need https',
  'connect.https.local': 'This address works on this computer only.',
  'connect.https.missing':
    'This address is plain http: phones refuse it, and your password can be read on the way.',
  'connect.how': 'Where to type it',

  'client.ios': 'iPhone, iPad',
  'client.ios.1': 'Open Settings, Apps, Calendar, Calendar Accounts, Add Account, Other.',
  'client.ios.2': 'Choose Add CalDAV Account. Type the address as Server, your user name and your password.',
  'client.ios.3': 'Do the same with Add CardDAV Account under Contacts.',
  'client.mac': 'Mac',
  'client.mac.1': 'Open System Settings, Internet Accounts, Add Account, Add Other Account.',
  'client.mac.2': 'Choose CalDAV account, account type Manual, and type user name, password and the address.',
  'client.mac.3': 'Do the same with CardDAV account for contacts.',
  'client.android': 'Android with DAVx5',
  'client.android.1': 'Install DAVx5 and add an account with URL and user name.',
  'client.android.2': 'Type the address as base URL, your user name and your password.',
  'client.android.3': 'Tick the calendars, task lists and address books to keep on the phone.',
  'client.thunderbird': 'Thunderbird',
  'client.thunderbird.1':
    'Calendar: New Calendar, On the Network. Type your user name and the address, then Find Calendars.',
  'client.thunderbird.2':
    'Contacts: Address Book, New Address Book, Add CardDAV Address Book. Type the same two.',
  'client.gnome': 'Evolution and GNOME',
  'client.gnome.1':
    'Evolution: File, New, Collection Account. Type your user name, and the address as server under Advanced Options.',
  'client.gnome.2':
    'GNOME: Settings, Online Accounts, Calendar, Contacts and Files. Type the address, user name and password.',
  'client.outlook': 'Outlook',
  'client.outlook.1': 'Install CalDav Synchronizer and add a generic profile.',
  'client.outlook.2':
    'Type the address as DAV Url, user name and password, then choose Test or discover settings.',
  'client.other': 'Other programs',
  'client.other.1':
    'Most find everything from the address alone. One that asks for a single calendar or address book wants its own address from the tables.',

  'list.calendars': 'Calendars',
  'list.lists': 'Task lists',
  'list.books': 'Address books',
  'list.none.calendars': 'No calendar. Make one in any connected app.',
  'list.none.lists': 'No task list. Make one in any connected app.',
  'list.none.books': 'No address book. Make one in any connected app.',
  'table.name': 'Name',
  'table.items': 'Items',
  'table.changed': 'Last change',
  'tag.default': 'for new items',

  'time.now': 'just now',

  'error.403.title': 'This is not open to you',
  'error.403.text': 'You are signed in, but this page belongs to somebody else.',
  'error.form.title': 'This form is too old',
  'error.form.text': 'Nothing was changed. Go back, load the page again and send it once more.',
  'error.404.title': 'There is no such page',
  'error.404.text':
    'The address may be mistyped, or what was here is gone. Your calendars and contacts are not affected.',
  'error.405.title': 'This page cannot do that',
  'error.405.text': 'Nothing was changed.',
  'error.429.title': 'Too many requests',
  'error.429.text': 'Wait a moment, then try again.',
  'error.500.title': 'Something went wrong on the server',
  'error.500.text':
    'What was saved before is safe. Whoever runs this server finds the details in its log under {id}.',
  'error.503.title': 'The server is busy',
  'error.503.text': 'Nothing is lost. Try again in a moment.',
  'error.home': 'Go to your calendars and contacts',
} as const satisfies Readonly<Record<string, string>>;

/** A key of the table of texts. */
export type WordKey = keyof typeof EN;
