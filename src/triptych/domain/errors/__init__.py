"""Everything Triptych raises on purpose.

TriptychError
├── Invalid            cannot be, whatever the state
│   ├── InvalidInput       values that do not fit their types
│   ├── UnknownName        a name that the ontology does not have
│   ├── InvalidCursor      a page cursor that is forged, or of another list
│   └── InvalidOntology    mistakes in a domain package
├── Forbidden          may not be, by the one who asks
│   ├── ActionForbidden    they may not do that
│   ├── ChangeForbidden    they may not do it to this object, or not so
│   ├── AuditForbidden     they may not be told who may do what
│   ├── OnlyReads          an agent may not change anything here
│   ├── PropertyHidden     they may not see a property without which there is no object
│   ├── CrossOrigin        another origin's page may not act in a browser's session
│   ├── TooMany            they ask more often than they may
│   ├── NotSignedIn        what they show of who they are is not good
│   └── ApprovalNeeded     somebody else must commit the plan
├── MissingOrConflict  cannot be, as things stand
│   ├── ObjectMissing      no object of that id
│   ├── ObjectExists       one of that id, or of that unique set, is there already
│   ├── ObjectStale        somebody changed it meanwhile
│   ├── NotKept            it is not kept any more what was then
│   ├── LinkDangling       it points to an object that is not there
│   ├── ObjectLinked       other objects still point to it
│   ├── ActionRefused      the application's own code says that it cannot be
│   ├── RequirementFailed  a rule that an action requires does not hold
│   ├── IllegalTransition  a lifecycle does not allow it
│   ├── InvariantBroken    what must always hold would not hold afterwards
│   ├── WriteConflict      others were faster, again and again
│   ├── KeyReused          an idempotency key stands for another call
│   ├── PlanStale          what a plan was made of has changed
│   └── UndoConflict       what would be undone has been built upon
└── Misconfigured      the surroundings are not as they must be
    ├── InvalidSettings    a setting is unknown or malformed
    ├── MissingExtra       an optional part is not installed
    ├── SchemaMismatch     the database is not as the code says
    ├── MigrationRefused   rows are in the way, or something would be lost
    ├── DatabaseUnavailable  it cannot be reached, read or written
    ├── ProviderUnavailable  identities cannot be asked for
    ├── BrokerUnavailable  it cannot be reached, or does not take what it is given
    ├── DeadlineExceeded   an action took longer than it may
    └── EffectRefused      an action tried to reach out into the world
"""

from __future__ import annotations

from triptych.domain.errors.access import (
    ActionForbidden,
    ApprovalNeeded,
    AuditForbidden,
    ChangeForbidden,
    CrossOrigin,
    NotSignedIn,
    OnlyReads,
    PropertyHidden,
    TooMany,
)
from triptych.domain.errors.actions import (
    ActionRefused,
    DeadlineExceeded,
    EffectRefused,
    IllegalTransition,
    InvariantBroken,
    KeyReused,
    PlanStale,
    RequirementFailed,
    UndoConflict,
    WriteConflict,
)
from triptych.domain.errors.families import (
    Forbidden,
    Invalid,
    Misconfigured,
    MissingOrConflict,
    TriptychError,
)
from triptych.domain.errors.invalid import InvalidCursor, InvalidInput, InvalidOntology, UnknownName
from triptych.domain.errors.objects import (
    LinkDangling,
    NotKept,
    ObjectExists,
    ObjectLinked,
    ObjectMissing,
    ObjectStale,
)
from triptych.domain.errors.surroundings import (
    BrokerUnavailable,
    DatabaseUnavailable,
    InvalidSettings,
    MigrationRefused,
    MissingExtra,
    ProviderUnavailable,
    SchemaMismatch,
)
from triptych.domain.problem import Problem

__all__ = [
    "ActionForbidden",
    "ActionRefused",
    "ApprovalNeeded",
    "AuditForbidden",
    "BrokerUnavailable",
    "ChangeForbidden",
    "CrossOrigin",
    "DatabaseUnavailable",
    "DeadlineExceeded",
    "EffectRefused",
    "Forbidden",
    "IllegalTransition",
    "Invalid",
    "InvalidCursor",
    "InvalidInput",
    "InvalidOntology",
    "InvalidSettings",
    "InvariantBroken",
    "KeyReused",
    "LinkDangling",
    "MigrationRefused",
    "Misconfigured",
    "MissingExtra",
    "MissingOrConflict",
    "NotKept",
    "NotSignedIn",
    "ObjectExists",
    "ObjectLinked",
    "ObjectMissing",
    "ObjectStale",
    "OnlyReads",
    "PlanStale",
    "Problem",
    "PropertyHidden",
    "ProviderUnavailable",
    "RequirementFailed",
    "SchemaMismatch",
    "TooMany",
    "TriptychError",
    "UndoConflict",
    "UnknownName",
    "WriteConflict",
]
