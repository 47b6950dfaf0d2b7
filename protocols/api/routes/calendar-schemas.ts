import Type from 'typebox';

/** Shapes that several operations on calendars share. */

export const CALENDAR = Type.Object({
  id: Type.Integer(),
  name: Type.String({ description: 'As people see it.' }),
  color: Type.Union([Type.String(), Type.Null()], { description: '#RRGGBB as a client or person set it.' }),
  holdsEvents: Type.Boolean(),
  holdsTasks: Type.Boolean(),
  isDefault: Type.Boolean({ description: 'Where new items go; cannot be deleted.' }),
  items: Type.Integer(),
  address: Type.String({ description: 'The CalDAV address of this calendar.' }),
});

export const DATE_OR_TIME = Type.String({
  description: 'A date 2026-11-24 for whole days, or a time on the clock of `timeZone`, 2026-11-24T09:30.',
  maxLength: 40,
});

export const REPEAT = Type.Object(
  {
    every: Type.Union([
      Type.Literal('day'),
      Type.Literal('week'),
      Type.Literal('month'),
      Type.Literal('year'),
    ]),
    interval: Type.Optional(Type.Integer({ minimum: 1, maximum: 999 })),
    weekdays: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0, maximum: 6 }), { maxItems: 7, description: '0 is Sunday.' }),
    ),
    monthlyBy: Type.Optional(
      Type.Union([Type.Literal('date'), Type.Literal('weekday'), Type.Literal('last')]),
    ),
    until: Type.Optional(Type.String({ description: 'Last day, 2026-12-31.', maxLength: 10 })),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 9999 })),
  },
  { additionalProperties: false },
);

export const ITEM_FIELDS = {
  summary: Type.Optional(Type.String({ maxLength: 10_000 })),
  location: Type.Optional(Type.String({ maxLength: 10_000 })),
  description: Type.Optional(Type.String({ maxLength: 100_000 })),
  timeZone: Type.Optional(
    Type.Union([Type.String({ maxLength: 255 }), Type.Null()], {
      description: 'IANA name or UTC; null for times that hold wherever one is.',
    }),
  ),
  repeat: Type.Optional(Type.Union([REPEAT, Type.Null()], { description: 'Null: does not repeat.' })),
  reminder: Type.Optional(
    Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
      description: 'Minutes before; null for none.',
    }),
  ),
} as const;

export const EVENT_TIMES = {
  start: Type.Optional(DATE_OR_TIME),
  end: Type.Optional({ ...DATE_OR_TIME, description: 'For whole days the day after the last one.' }),
} as const;

export const TASK_FIELDS = {
  due: Type.Optional(Type.Union([DATE_OR_TIME, Type.Null()])),
  isDone: Type.Optional(Type.Boolean()),
  percent: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  priority: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 9, description: '0 none, 1 highest, 9 lowest.' }),
  ),
} as const;

export const ITEM_PATH = {
  id: Type.Integer({ description: 'Id of the calendar.' }),
  name: Type.String({ description: 'Name of the event or task in its calendar.', maxLength: 255 }),
} as const;

export const SCOPE = {
  etag: Type.Optional(
    Type.String({ description: 'Refused with 412 when the item has another tag by now.', maxLength: 100 }),
  ),
  scope: Type.Optional(
    Type.Union([Type.Literal('one'), Type.Literal('following'), Type.Literal('all')], {
      description: 'Which dates of a series; all unless told otherwise.',
    }),
  ),
  at: Type.Optional(
    Type.String({
      description: 'The date that `one` and `following` mean, as lists give it.',
      maxLength: 20,
    }),
  ),
} as const;

export const WRITTEN = Type.Object({
  calendar: Type.Integer(),
  name: Type.String(),
  etag: Type.String(),
  other: Type.Union([Type.Object({ calendar: Type.Integer(), name: Type.String() }), Type.Null()], {
    description: 'The new series that begins where the old one was ended.',
  }),
});

export const ENTRY = Type.Object({
  calendar: Type.Integer(),
  name: Type.String(),
  etag: Type.String(),
  at: Type.Union([Type.String(), Type.Null()], { description: 'Which date of a series.' }),
  title: Type.String(),
  location: Type.String(),
  start: Type.String({ description: 'RFC 3339 in UTC, or a date for whole days.' }),
  end: Type.String({ description: 'The same; for whole days the day after the last one.' }),
  isAllDay: Type.Boolean(),
  isCancelled: Type.Boolean(),
});

export const ITEM = Type.Object({
  calendar: Type.Integer(),
  name: Type.String(),
  etag: Type.String(),
  uid: Type.String(),
  kind: Type.Union([Type.Literal('event'), Type.Literal('task')]),
  summary: Type.String(),
  location: Type.String(),
  description: Type.String(),
  at: Type.Union([Type.String(), Type.Null()]),
  start: Type.Union([Type.String(), Type.Null()]),
  end: Type.Union([Type.String(), Type.Null()]),
  due: Type.Union([Type.String(), Type.Null()]),
  isAllDay: Type.Boolean(),
  timeZone: Type.Union([Type.String(), Type.Null()]),
  isRecurring: Type.Boolean(),
  repeat: Type.Union([REPEAT, Type.Null()]),
  customRules: Type.Array(Type.String()),
  reminder: Type.Union([Type.Integer(), Type.Null()]),
  isDone: Type.Boolean(),
  percent: Type.Integer(),
  priority: Type.Integer(),
  people: Type.Array(
    Type.Object({
      name: Type.String(),
      email: Type.String(),
      answer: Type.String(),
      isOrganizer: Type.Boolean(),
    }),
  ),
  attachments: Type.Integer(),
  modified: Type.String(),
});

export const TASK = Type.Object({
  calendar: Type.Integer(),
  name: Type.String(),
  etag: Type.String(),
  title: Type.String(),
  isDone: Type.Boolean(),
  due: Type.Union([Type.String(), Type.Null()], { description: 'Wall time in `timeZone`, or a date.' }),
  priority: Type.Integer(),
  percent: Type.Integer(),
  isRecurring: Type.Boolean(),
});
