import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  authorize,
  canSee,
  privilegesOn,
  requireAdmin,
  requireSelfOrAdmin,
  SYSTEM_ACTOR,
} from '../../../models/access/service.ts';
import { toCollectionId } from '../../../models/collections/store.ts';
import { Precondition, Refusal } from '../../../models/errors.ts';
import { toETag } from '../../../models/objects/etag.ts';
import { toPrincipalId } from '../../../models/principals/login.ts';
import type { Actor, CollectionBase, PrincipalBase, Privilege, Resource } from '../../../models/types.ts';
import { userActor } from '../../support/people.ts';

const ann: PrincipalBase = {
  id: toPrincipalId('ann'),
  login: 'ann',
  displayName: 'Ann',
  email: null,
  isAdmin: false,
};
const eve: PrincipalBase = { ...ann, id: toPrincipalId('eve'), login: 'eve', isAdmin: true };

const base: CollectionBase = {
  id: toCollectionId(2),
  owner: ann.id,
  home: toCollectionId(1),
  name: 'x',
  displayName: 'x',
  description: null,
  color: null,
  order: null,
  timezone: null,
  timezoneId: null,
  availability: null,
  isTransparent: false,
  isDefault: false,
  revision: 0,
  floor: 0,
  incarnation: 'i',
  createdUtc: 0,
  modifiedUtc: 0,
};

const OBJECT = {
  kind: 'object',
  collection: base.id,
  owner: ann.id,
  collectionName: 'x',
  name: 'a.ics',
  uid: 'a',
  etag: toETag('e'),
  component: 'VEVENT',
  sizeBytes: 1,
  createdUtc: 0,
  modifiedUtc: 0,
} as const;

const RESOURCES: readonly (readonly [
  string,
  Resource,
  'all' | 'contacts' | 'calendars',
  readonly Privilege[],
])[] = [
  ['root', { kind: 'root' }, 'all', ['read']],
  ['principals', { kind: 'principals' }, 'all', ['read']],
  ['principal', { ...ann, kind: 'principal' }, 'all', ['read', 'write-properties']],
  [
    'home',
    { ...base, kind: 'home', holds: 'calendar' },
    'calendars',
    ['read', 'write-properties', 'bind', 'unbind'],
  ],
  [
    'books',
    { ...base, kind: 'home', holds: 'addressbook' },
    'contacts',
    ['read', 'write-properties', 'bind', 'unbind'],
  ],
  [
    'calendar',
    { ...base, kind: 'calendar', components: ['VEVENT'] },
    'calendars',
    ['read', 'write-content', 'write-properties', 'bind', 'unbind'],
  ],
  [
    'book',
    { ...base, kind: 'addressbook' },
    'contacts',
    ['read', 'write-content', 'write-properties', 'bind', 'unbind'],
  ],
  ['inbox', { ...base, kind: 'inbox' }, 'calendars', ['read', 'write-properties', 'unbind']],
  ['outbox', { ...base, kind: 'outbox' }, 'calendars', ['read', 'write-properties']],
  [
    'event',
    { ...OBJECT, holds: 'calendar' },
    'calendars',
    ['read', 'write-content', 'write-properties', 'bind', 'unbind'],
  ],
  [
    'card',
    { ...OBJECT, holds: 'addressbook' },
    'contacts',
    ['read', 'write-content', 'write-properties', 'bind', 'unbind'],
  ],
];

const ANONYMOUS: Actor = { kind: 'anonymous' };

describe('rights', () => {
  for (const [what, resource, reach, own] of RESOURCES) {
    test(`on a ${what}`, () => {
      const isShared = reach === 'all' && what !== 'principal';
      assert.deepEqual(privilegesOn(userActor(ann), resource), own);
      assert.deepEqual(privilegesOn(userActor(ann, { readOnly: true }), resource), ['read']);
      const noCalendars = privilegesOn(userActor(ann, { calendars: false }), resource);
      assert.deepEqual(noCalendars, reach === 'calendars' ? [] : own);
      const noContacts = privilegesOn(userActor(ann, { contacts: false }), resource);
      assert.deepEqual(noContacts, reach === 'contacts' ? [] : own);
      assert.equal(canSee(userActor(eve), resource), isShared, 'an administrator is a stranger here');
      assert.deepEqual(privilegesOn(userActor(eve), resource), isShared ? own : []);
      assert.equal(canSee(ANONYMOUS, resource), what === 'root');
      assert.deepEqual(privilegesOn(ANONYMOUS, resource), []);
      assert.equal(privilegesOn(SYSTEM_ACTOR, resource).length, 5);
    });
  }

  test('what is not seen is not there; what is seen but not allowed is named', () => {
    const calendar: Resource = { ...base, kind: 'calendar', components: ['VEVENT'] };
    authorize(userActor(ann), 'write-content', calendar);
    assert.throws(
      () => authorize(userActor(eve), 'read', calendar),
      (error) => error instanceof Refusal && error.status === 404,
    );
    assert.throws(
      () => authorize(userActor(ann, { readOnly: true }), 'bind', calendar),
      (error) =>
        error instanceof Precondition && error.code === 'need-privileges' && error.about[0] === calendar,
    );
  });

  test('administration is not for app passwords', () => {
    requireAdmin(SYSTEM_ACTOR);
    requireAdmin(userActor(eve));
    requireSelfOrAdmin(userActor(ann), 'ann');
    requireSelfOrAdmin(userActor(eve), 'ann');
    const no: readonly (() => void)[] = [
      () => requireAdmin(userActor(ann)),
      () => requireAdmin(ANONYMOUS),
      () => requireAdmin({ ...userActor(eve), via: 'app-password' }),
      () => requireSelfOrAdmin(userActor(ann), 'eve'),
      () => requireSelfOrAdmin({ ...userActor(ann), via: 'app-password' }, 'ann'),
    ];
    for (const each of no) assert.throws(each, (error) => error instanceof Refusal && error.status === 403);
  });
});
