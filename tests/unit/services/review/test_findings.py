"""What rules find beside what their pages show, and what they leave alone."""

from __future__ import annotations

import pytest

from tests.unit.services.review.test_rules import FRAME, found
from triptych.domain.review import Layer, ReviewSettings, Severity

SERVICE, ADAPTER = "src/shop/services/billing.py", "src/shop/adapters/orders.py"
DOMAIN, ROUTE = "src/shop/domain/orders.py", "src/shop/api/orders.py"


ROW = "class Row:\n    def __init__(self) -> None: ...\n"


def codes(path: str, text: str, *, settings: ReviewSettings | None = None) -> set[str]:
    frame = FRAME | {"src/shop/adapters/__init__.py": ROW}
    return {each.code for each in found(frame | {path: text}, settings)}


@pytest.mark.parametrize(
    ("code", "path", "text"),
    [
        ("LYR005", SERVICE, "import jwt\n"),
        ("SEM001", "src/shop/domain/things.py", "import pydantic\n\n\nclass A(pydantic.BaseModel): ...\n"),
        ("SEM003", "src/shop/domain/events.py", "from dataclasses import dataclass\n\n\n@dataclass\nclass Paid:\n    id: int\n"),
        ("SEM006", DOMAIN, "import os\n\n\ndef f() -> str:\n    return os.environ['A']\n"),
        ("SEM006", DOMAIN, "import uuid\n\n\ndef f() -> object:\n    return uuid.uuid4()\n"),
        ("SEM006", DOMAIN, "def f() -> object:\n    return open('a')\n"),
        ("KIN004", ADAPTER, "import urllib.request\n\nurllib.request.urlopen('http://a')\n"),
        ("KIN005", ADAPTER, "import sqlite3\n\nDB = sqlite3.connect('a.db')\n"),
        ("KIN009", ADAPTER, "def f(connection, name):\n    sql = 'SELECT a FROM b WHERE c = ' + name\n    connection.execute(sql)\n"),
        ("KIN009", ADAPTER, "def f(session, name):\n    session.execute('SELECT a FROM b WHERE c = %s' % name)\n"),
        ("KIN009", ADAPTER, "def f(session, name):\n    session.execute('SELECT a FROM b WHERE c = {}'.format(name))\n"),
        ("KIN007", ADAPTER, "def f(session, keys):\n    for key in keys:\n        session.execute(key)\n"),
        ("DYN007", ADAPTER, "import os\n\n\ndef f() -> None:\n    os.environ['A'] = 'b'\n"),
        ("ASY001", ADAPTER, "import httpx\n\n\nasync def f() -> None:\n    httpx.get('http://a')\n"),
        ("SEC001", ADAPTER, "URL = 'postgresql://app:s3cr3tpw@db/shop'\n"),
        ("SEC001", ADAPTER, "def f(connect):\n    connect(password='q8Zr4Lm2xTv9')\n"),
        ("SEC001", ADAPTER, "adminkey = 'd08a3313322a4514af75d488bcc27eee'\n"),
        ("SEC001", ADAPTER, "KEYS = {}\nKEYS['api_key'] = 'q8Zr4Lm2xTv9'\n"),
        ("SEC001", ADAPTER, "def f(self):\n    self.api_key = 'q8Zr4Lm2xTv9'\n"),
        ("SEC003", ROUTE, "from fastapi import FastAPI\n\napp = FastAPI(debug=True)\n"),
        ("SEC003", ROUTE, "def f(answer):\n    answer.set_cookie('a', 'b', httponly=False)\n"),
        ("SEC006", ADAPTER, "import yaml\n\n\ndef f(text):\n    return yaml.load(text)\n"),
        ("SEC006", ADAPTER, "def f(text):\n    return eval(text)\n"),
        ("ERR001", ADAPTER, "def f():\n    try:\n        g()\n    except:\n        ...\n"),
        ("SEC005", ROUTE, "def f():\n    try:\n        g()\n    except Exception as e:\n        return JSONResponse({'x': f'{e}'})\n"),
        ("CPX003", SERVICE, "".join(f"import m{n}\n" for n in range(41))),
        ("CFG001", ADAPTER, "import os\n\n\ndef f():\n    return os.getenv('A'), os.getenv('B')\n"),
        ("TST007", "tests/test_a.py", "class TestA:\n    def test_a(self):\n        print(1)\n"),
        ("PRS001", ADAPTER, "x = '\x00'\n"),
        ("LYR010", SERVICE, "from shop.adapters._inner import x\n"),
        ("SEM004", DOMAIN, "from dataclasses import dataclass, field\n\n\n@dataclass\nclass A:\n    x = field(default=1)\n"),
        ("SEM005", SERVICE, "def f(*, a=dict()):\n    a['b'] = 1\n"),
        ("SEM005", SERVICE, "def f(a={}):\n    self.a = a\n"),
        ("SEM005", SERVICE, "def f(a=[x for x in y]):\n    a += [1]\n"),
        ("SEM007", SERVICE, "class GoneError(Exception):\n    def __init__(self):\n        self.status_code = 410\n"),
        ("SEM007", SERVICE, "class GoneError(Exception):\n    http_status: int = 410\n"),
        ("KIN006", ADAPTER, "from sqlalchemy import update\n\n\ndef f(t):\n    update(t).values(a=1)\n"),
        ("DYN002", SERVICE, "def f(session, mailer):\n    session.commit()\n    mailer.send_mail('a')\n"),
        ("SEC002", SERVICE, "def f(log, password):\n    log.info(f'with {password}')\n"),
        ("SEC002", SERVICE, "def f(self, user):\n    self.logger.error('%s', user.api_key)\n"),
        ("SEC002", ROUTE, "def f(user):\n    raise HTTPException(400, detail=user.secret)\n"),
        ("SEC004", ROUTE, "import os\n\n\ndef f(file):\n    return os.path.join('a', file.filename)\n"),
        ("SEC004", ROUTE, "def f(upload):\n    return open(f'a/{upload.filename}')\n"),
        ("CFG002", ADAPTER, "URL = 'redis://cache:6379/0'\n"),
        ("CFG002", ADAPTER, "URL = '10.0.0.1:80'\n"),
        ("ERR002", ADAPTER, "def f():\n    try:\n        g()\n    except A as e:\n        raise e\n"),
        ("ERR003", ADAPTER, "def f():\n    try:\n        g()\n    except A:\n        h()\n    except B as e:\n        raise e\n"),
        ("ERR007", DOMAIN, "def f(a):\n    return type(a) == int\n"),
        ("ERR009", ADAPTER, "def f(e):\n    return e.args[0] == 'no'\n"),
        ("ERR009", ADAPTER, "def f(e):\n    return 'no' not in str(e).lower()\n"),
        ("LOG002", ADAPTER, "import logging\n\n\ndef f(a):\n    logging.getLogger('x').warning(f'{a}')\n"),
        ("TYP004", ADAPTER, "x = y  # type: ignore\nz = y  # type: ignore\n"),
        ("TST006", "tests/test_a.py", "import requests\n\nrequests.get('http://a')\n"),
        ("API002", ROUTE, "@r.get('/{a}/{b:path}')\ndef f(a: int): ...\n"),
    ],
)  # fmt: skip
def test_it_is_found(code: str, path: str, text: str) -> None:
    assert code in codes(path, text)


@pytest.mark.parametrize(
    ("code", "path", "text"),
    [
        ("LYR001", DOMAIN, "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from shop.services import x\n"),
        ("LYR002", DOMAIN, "import typing_extensions\nimport json\nfrom . import other\n"),
        ("SEM003", DOMAIN, "from typing import NamedTuple\n\n\nclass A(NamedTuple):\n    x: int\n"),
        ("LYR010", SERVICE, "from shop.services._inner import x\nfrom shop.adapters.__main__ import y\n"),
        ("SEM004", DOMAIN, "from dataclasses import dataclass\n\n\n@dataclass\nclass A:\n    X = 1\n    _y = 2\n    objects = Manager()\n"),
        ("SEM005", SERVICE, "def f(a=[]):\n    return len(a)\n\n\n@r.get('/')\ndef g(a=[]):\n    a.append(1)\n"),
        ("SEM005", SERVICE, "def f(a=(), b=None):\n    b.append(a)\n    c[0] = a\n"),
        ("DOC004", SERVICE, 'def f(a):\n    """F.\n\n    Args:\n        a: A.\n    """\n\n\ndef g(a):\n    """G.\n\n    :param a: A.\n    """\n'),
        ("SEM007", ROUTE, "class GoneError(Exception):\n    status_code = 410\n"),
        ("SEM007", SERVICE, "class GoneError(Exception):\n    key: int\n"),
        ("KIN006", ADAPTER, "from sqlalchemy import select\n\n\nasync def f(s, t):\n    await s.execute(select(t))\n    return select(t)\n"),
        ("DYN002", SERVICE, "import httpx\n\n\ndef f(session):\n    httpx.get('/')\n    session.commit()\n"),
        ("SEC002", SERVICE, "def f(log, token_count):\n    log.info('%s', token_count)\n"),
        ("SEC004", ROUTE, "def f(page, size):\n    return page.filename, 4 / size\n"),
        ("CFG002", ADAPTER, "A = 'localhost'\nB = 'https://api.shop.com/v1'\nC = 'at http://localhost:1 it is'\n"),
        ("CFG003", SERVICE, "from shop.settings import Settings\n"),
        ("ERR002", ADAPTER, "def f():\n    try:\n        g()\n    except A as e:\n        raise B() from None\n"),
        ("ERR002", ADAPTER, "def f():\n    try:\n        g()\n    except A as e:\n        def h():\n            raise B()\n        kept.append(h)\n"),
        ("ERR002", ADAPTER, "def f(error):\n    try:\n        g()\n    except A as e:\n        raise error\n"),
        ("ERR003", ADAPTER, "def f():\n    try:\n        g()\n    except A:\n        raise\n    except Exception:\n        h()\n"),
        ("ERR007", "src/shop/adapters/migrations/a.py", "def f(a):\n    return type(a) == int\n"),
        ("ERR007", DOMAIN, "def f(a, b):\n    return type(a) == type(b) and 0 < a < 1\n"),
        ("ERR009", ADAPTER, "def f(e, name):\n    return str(name) == 'a' or name.args[0] == 'b'\n"),
        ("LOG002", ADAPTER, "import logging\n\n\ndef f(a):\n    logging.info('%s', a)\n"),
        ("API002", ROUTE, "@r.get('/{a}')\ndef f(request: fastapi.Request): ...\n"),
        ("API002", ROUTE, "from fastapi import Depends\n\n\n@r.get('/{a}', dependencies=[Depends(g)])\ndef f(): ...\n"),
        ("API002", ROUTE, "from fastapi import Depends\n\n\n@r.get('/{a}')\ndef f(b: int = Depends(g)): ...\n"),
        ("KIN001", ADAPTER, "def f(session):\n    session.commit()\n"),
        ("KIN004", ADAPTER, "import requests\n\nrequests.get('http://a', **options)\n"),
        ("KIN005", ADAPTER, "import shop\n\nx = shop.connect('a')\ny = make.connect()\n"),
        ("KIN007", ADAPTER, "def f(session):\n    for key in ('a', 'b'):\n        session.execute(key)\n"),
        ("KIN007", "src/shop/adapters/migrations/a.py", "def f(session, k):\n    for i in k:\n        session.execute(i)\n"),
        ("KIN009", ADAPTER, "def f(session, n: int):\n    session.execute(f'SELECT {n}')\n"),
        ("KIN009", ADAPTER, "def f(session, n):\n    session.execute(f'SELECT {int(n)}')\n"),
        ("KIN009", ADAPTER, "T = 'a'\n\n\ndef f(session):\n    session.execute(f'SELECT {T}')\n"),
        ("DYN003", ROUTE, "@r.get('/')\ndef f(request: Request, _old: int, d: int = Depends(x)): ...\n"),
        ("DYN003", ROUTE, "@r.get('/')\ndef f(request: Request, _old: int, d: int = Depends(x)):\n    return 1\n"),
        ("ASY001", ADAPTER, "import asyncio, time\n\n\nasync def f():\n    await asyncio.to_thread(time.sleep, 1)\n"),
        ("ASY002", ADAPTER, "from sqlalchemy.orm import Session\n\n\ndef f(session: Session):\n    session.execute(1)\n"),
        ("ASY003", ADAPTER, "def f():\n    print(len('a'))\n\n\nasync def g():\n    f()\n"),
        ("LYR015", SERVICE, "from shop.adapters import Row\n\n\ndef f():\n    return Row(), open('a')\n"),
        ("ASY005", ADAPTER, "async def f(): ...\n\n\ndef g():\n    return f()\n"),
        ("SEC001", ADAPTER, "TOKEN_URL = 'https://id.example/x9f8e7d6c5'\nPASSWORD = 'changeme please'\n"),
        ("SEC001", "tests/test_a.py", "API_KEY = 'q8Zr4Lm2xTv9'\n"),
        ("SEC003", ROUTE, "def f(add):\n    add(C, allow_origins=['*'], allow_credentials=False)\n"),
        ("SEC006", ADAPTER, "import yaml\n\n\ndef f(t):\n    return yaml.load(t, yaml.SafeLoader), eval('1')\n"),
        ("SEC007", ADAPTER, "import hashlib\n\nhashlib.md5(b'', usedforsecurity=False)\n"),
        ("SEC005", ROUTE, "def f():\n    try:\n        g()\n    except KeyError as e:\n        return JSONResponse(str(e))\n"),
        ("SEC005", ROUTE, "def f():\n    try:\n        g()\n    except Exception:\n        return JSONResponse('no')\n"),
        ("CFG001", ADAPTER, "import os\n\n\ndef f(run):\n    run('a', env=os.environ.copy())\n"),
        ("CFG001", "src/shop/adapters/settings.py", "import os\n\nA = os.environ['A']\n"),
        ("ERR001", ADAPTER, "def f():\n    try:\n        g()\n    except Exception:\n        log.error('x')\n"),
        ("DOC002", DOMAIN, "def f(**kwargs):\n    '''F.\n\n    Args:\n        a: A.\n    '''\n"),
        ("DOC002", DOMAIN, "def f(a):\n    '''F.\n\n    :param a: A.\n    '''\n"),
        ("TST007", "tests/test_a.py", "import pytest\n\n\ndef test_a():\n    with pytest.raises(ValueError):\n        f()\n"),
        ("TST005", "tests/unit/test_a.py", "import sqlite3\n\n\ndef test_a():\n    assert 1\n"),
        ("API001", ROUTE, "def limit_of(limit: int):\n    return limit\n"),
        ("DYN007", ADAPTER, "import random\n\nrandom.seed(1)\n"),
        ("KIN009", ADAPTER, "def f(session, table):\n    session.execute(f'DELETE FROM {table}')\n"),
        ("KIN009", ADAPTER, "def f(session, table):\n    session.execute('DELETE FROM ' + table)\n"),
        ("KIN004", ADAPTER, "import requests\n\n\ndef f(a):\n    requests.get(a, timeout=1).json().get('x')\n"),
        ("ASY003", ADAPTER, "import time\n\n\ndef g():\n    time.sleep(1)\n\n\nasync def f(run):\n    await run(lambda: g())\n"),
        ("KIN007", ADAPTER, "def f(connections):\n    return [connection.get('a') for connection in connections]\n"),
        ("LYR008", ROUTE, "import aiohttp\n\n\nasync def f(session: aiohttp.ClientSession):\n    await session.get('a')\n"),
        ("SEC001", ADAPTER, "OAUTH2_TOKEN = 'oauth2-token'\nX_SECRET = 'secret'\n"),
    ],
)  # fmt: skip
def test_it_is_left_alone(code: str, path: str, text: str) -> None:
    assert code not in codes(path, text)


class TestSettings:
    def test_a_secret_in_settings_is_a_warning_and_is_never_shown(self) -> None:
        text = "API_KEY = 'q8Zr4Lm2xTv9'\n"
        one = found(FRAME | {"src/shop/settings.py": text})
        other = found(FRAME | {ADAPTER: text})
        levels = [e.severity for e in (*one, *other) if e.code == "SEC001"]
        assert levels == [Severity.WARNING, Severity.ERROR]
        assert "q8Zr4Lm2xTv9" not in repr([*one, *other])

    def test_severities_are_said(self) -> None:
        settings = ReviewSettings(severities={"ERR004": Severity.INFO})
        findings = found(FRAME | {SERVICE: "def f():\n    raise Exception\n"}, settings)
        assert [e.severity for e in findings if e.code == "ERR004"] == [Severity.INFO]

    def test_packages_are_allowed_in_the_domain(self) -> None:
        settings = ReviewSettings(allowed={Layer.SEMANTIC: ("pydantic",)})
        assert "LYR002" not in codes(DOMAIN, "import pydantic\n", settings=settings)


def test_a_way_to_what_blocks_is_shown_whole_and_ends() -> None:
    text = (
        "import time\n\n\ndef a():\n    b()\n\n\ndef b():\n    a()\n    c()\n\n\n"
        "def c():\n    time.sleep(1)\n\n\nasync def d():\n    a()\n\n\nasync def e():\n    await d()\n"
    )
    told = [e.found for e in found(FRAME | {ADAPTER: text}) if e.code == "ASY003"]
    assert told == ["d reaches time.sleep by a > b > c"]


def test_a_task_of_a_module_that_nobody_tests_is_no_finding_where_there_are_no_tests() -> None:
    assert "TST004" not in codes(DOMAIN, "def f():\n    return 1\n")


def test_tests_that_lie_elsewhere_are_not_missed() -> None:
    many = {f"src/shop/domain/m{n}.py": "def f(): return 1\n" for n in range(30)}
    one = {"tests/test_a.py": "from shop.domain.m1 import f\n\n\ndef test_f(): assert f()\n"}
    assert "TST004" not in {each.code for each in found(FRAME | many | one)}


def test_asserts_and_prints_are_counted_once_a_module() -> None:
    findings = found(
        FRAME | {SERVICE: "def f():\n    print(1)\n    print(2)\n    assert f\n    assert f\n"}
    )
    assert {e.found for e in findings if e.code in ("LOG001", "ERR005")} == {
        "2 prints in the package",
        "2 asserts outside of tests",
    }


def test_rows_of_a_table_are_values_and_made_freely() -> None:
    table = "import sqlalchemy\n\n\nclass Row(db.Base):\n    def name(self) -> str: ...\n"
    service = "from shop.adapters.orders import Row\n\n\ndef f():\n    return Row()\n"
    findings = found(FRAME | {ADAPTER: table, SERVICE: service})
    assert "LYR015" not in {each.code for each in findings}
    assert "LYR003" in {each.code for each in findings}


def test_an_import_is_an_information_where_it_is_a_guess_what_an_end_is() -> None:
    guess = {"src/shop/things.py": "import sqlalchemy\nfrom shop.services import billing\n"}
    sure = {ADAPTER: "from shop.services import billing\n", SERVICE: "X = 1\n"}
    levels = {e.path: e.severity for e in found(FRAME | guess | sure) if e.code == "LYR006"}
    assert levels == {"src/shop/things.py": Severity.INFO, ADAPTER: Severity.ERROR}


def test_a_constant_of_a_service_calls_nobody() -> None:
    files = {ADAPTER: "from shop.services.billing import MOST\n", SERVICE: "MOST = 3\n"}
    assert "LYR006" not in {each.code for each in found(FRAME | files)}


def test_a_neighbour_that_a_tested_module_uses_counts_as_tested() -> None:
    files = {
        "src/shop/domain/a.py": "from shop.domain.b import g\n\n\ndef f(): return g()\n",
        "src/shop/domain/b.py": "def g(): return 1\n",
        "tests/test_a.py": "from shop.domain.a import f\n\n\ndef test_f(): assert f()\n",
    }
    assert "TST004" not in {each.code for each in found(FRAME | files)}
