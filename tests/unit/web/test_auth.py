from __future__ import annotations

import base64
from dataclasses import replace
from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from altmount.auth.caller import Access, Caller, Means, Role, Scope
from altmount.auth.gate import Policy
from altmount.auth.keys import download_key_of
from altmount.web.attempts import FailedLogins
from altmount.web.auth import Door
from altmount.web.credentials import caller_of
from altmount.web.permits import Permits
from tests.support.people import Town
from tests.support.serving import Client, serving, streaming_application
from tests.support.sources import MemoryLibrary

KEY = "0123456789abcdef"
DOWNLOAD_KEY = download_key_of(KEY)
POLICY = Policy("usenet", "secret", KEY)
PERMITS = {
    "/open": Access.OPEN,
    "/own": Access.OWN,
    "/share": Access.SHARE,
    "POST /share": Access.SHARE_CHANGE,
    "/admin": Access.ADMIN,
    "POST /nzb": Access.NZB,
}


def basic(user, password):
    return "Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def cookie(token):
    return f"Cookie: JWT={token}"


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def town():
    """One account of each role."""
    town = Town()
    for role in Role:
        town.add(role.word, role)
    return town


def application_of(town, policy, clock):
    library = MemoryLibrary()
    library.add("/a.mkv", bytes(100))
    application = streaming_application(
        library, gate=town.gate(policy), permits=PERMITS, clock=clock
    )

    async def action(request):
        return web.Response(text=caller_of(request).name)

    paths = ("/api/action", "/open", "/own", "/share", "/admin", "/nzb", "/files/{path:.*}")
    routes = [web.post(path, action) for path in paths]
    routes += [web.get(path, action) for path in paths[:-1]]
    application.add_routes(routes)
    return application


@pytest.fixture
async def client(clock, town):
    application = application_of(town, POLICY, clock)
    async with serving(application) as port, Client.connect(port) as client:
        yield client


async def post(client, target, *headers):
    return await client.get(target, *headers, method="POST")


@pytest.mark.parametrize("target", ["/files/a.mkv", "/api/files/stream?path=/a.mkv"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_every_right_credential_opens_a_file(client, town, target, method):
    joint = "&" if "?" in target else "?"
    reader = town.users[0]
    own = town.key(reader, Scope.READ)
    for suffix, headers in [
        ("", [basic("usenet", "secret")]),
        ("", [f"X-Api-Key: {KEY}"]),
        ("", [f"Authorization: Bearer {own}"]),
        ("", [basic("reader", own)]),
        ("", [cookie(town.login(reader))]),
        ("", [f"X-JWT: {town.login(reader)}"]),
        ("", [f"Authorization: Bearer {town.login(reader)}"]),
        (f"{joint}apikey={KEY}", []),
        (f"{joint}download_key={DOWNLOAD_KEY}", []),
        (f"{joint}download_key={download_key_of(own)}", []),
        (f"{joint}download_key={DOWNLOAD_KEY}", [basic("usenet", "wrong")]),
    ]:
        answer = await client.get(target + suffix, *headers, method=method)
        assert (answer.status, answer["Content-Length"]) == (200, "100")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [basic("usenet", "x")],
        [basic("reader", KEY)],
        ["X-Api-Key: x"],
        ["Authorization: Bearer x"],
        ["Authorization: Bearer x.y.z"],
        ["X-JWT: x"],
        [cookie("x.y.z")],
    ],
)
async def test_anyone_else_is_asked_for_them(client, headers):
    for target in ("/files/a.mkv", "/files/no.mkv", "/what", "/files/a.mkv?download_key=x"):
        answer = await client.get(target, *headers)
        assert answer.status == 401
        assert answer["WWW-Authenticate"] == 'Basic realm="altmount", charset="UTF-8"'


async def test_no_browser_asks_for_a_password_on_behalf_of_the_api(client):
    answer = await client.get("/api/action")
    assert (answer.status, answer["WWW-Authenticate"]) == (401, 'Bearer realm="altmount"')


async def test_the_download_key_does_nothing_but_read_files(client):
    query = f"?download_key={DOWNLOAD_KEY}"
    for method, target in [
        ("POST", "/api/action"),
        ("GET", "/api/action"),
        ("POST", "/api/files/stream"),
        ("GET", "/share"),
        ("POST", "/nzb"),
        ("GET", "/what"),
    ]:
        assert (await client.get(target + query, method=method)).status == 403
    assert (await client.get(f"/api/action?apikey={KEY}", method="POST")).status == 200


@pytest.mark.parametrize(
    ("method", "target", "least"),
    [
        ("GET", "/api/action", Role.READER),
        ("GET", "/share", Role.READER),
        ("POST", "/api/action", Role.USER),
        ("POST", "/share", Role.USER),
        ("POST", "/nzb", Role.USER),
        ("GET", "/admin", Role.ADMIN),
        ("POST", "/admin", Role.ADMIN),
    ],
)
async def test_each_may_do_what_the_role_allows_and_no_more(client, town, method, target, least):
    for user in town.users:
        expected = 200 if Role[user.role.upper()] >= least else 403
        for header in (cookie(town.login(user)), f"X-Api-Key: {town.key(user)}"):
            answer = await client.get(target, header, method=method)
            assert (answer.status, user.name in answer.body.decode()) == (expected, True)


async def test_a_key_may_do_what_its_scope_allows_and_no_more(client, town):
    admin = town.users[2]
    may = {
        Scope.READ: {("GET", "/api/action"), ("GET", "/share"), ("GET", "/files/a.mkv")},
        Scope.NZB: {("POST", "/nzb")},
    }
    asked = set.union(*may.values()) | {
        ("POST", "/api/action"),
        ("POST", "/share"),
        ("GET", "/admin"),
        ("POST", "/admin"),
    }
    for scope, allowed in may.items():
        key = f"X-Api-Key: {town.key(admin, scope)}"
        for method, target in asked:
            status = (await client.get(target, key, method=method)).status
            assert status == (200 if (method, target) in allowed else 403)
        link = f"/files/a.mkv?download_key={download_key_of(key.partition(' ')[2])}"
        assert (await client.get(link)).status == (200 if scope is Scope.READ else 401)


async def test_of_several_credentials_one_that_may_do_it_counts(client, town):
    reader, _, admin = town.users
    headers = [f"X-Api-Key: {town.key(reader)}", cookie(town.login(admin))]
    assert (await client.get("/admin", *headers)).status == 200
    assert (await client.get("/admin", basic("usenet", "secret"), headers[1])).status == 200
    assert (await client.get("/admin", basic("usenet", "secret"))).status == 403


async def test_over_webdav_a_cookie_counts_only_where_no_password_is_given(client, town):
    logged_in = cookie(town.login(town.users[1]))
    assert (await client.get("/share", logged_in)).status == 200
    assert (await client.get("/share", logged_in, basic("usenet", "x"))).status == 401


async def test_a_page_of_another_site_changes_nothing_with_what_a_browser_shows(client, town):
    admin = town.users[2]
    token, key = town.login(admin), town.key(admin)
    foreign = "Origin: https://evil.example"
    for header in (cookie(token), basic("usenet", "secret"), basic("admin", key)):
        for origin in (
            foreign,
            "Origin: null",
            "Sec-Fetch-Site: cross-site",
            "Sec-Fetch-Site: same-site",
        ):
            answer = await post(client, "/api/action", header, origin)
            assert answer.status == 403
            assert b"another site" in answer.body
        assert (await post(client, "/api/action", header, "Origin: http://x")).status == 200
        assert (await client.get("/api/action", header, foreign)).status == 200
    for header in (f"X-Api-Key: {key}", f"X-JWT: {token}", f"Authorization: Bearer {token}"):
        assert (await post(client, "/api/action", header, foreign)).status == 200
    assert (await post(client, "/open", foreign)).status == 403
    assert (await post(client, "/open")).status == 200
    assert (await post(client, "/own", foreign)).status == 200


async def test_a_page_that_is_allowed_may_unless_all_are(town, clock):
    token = cookie(town.login(town.users[2]))
    for allowed, status in (("https://mine.example", 200), ("*", 403), ("null", 403)):
        policy = replace(POLICY, allowed_origins=frozenset({allowed}))
        origin = "Origin: null" if allowed == "null" else "Origin: https://mine.example"
        application = application_of(town, policy, clock)
        async with serving(application) as port, Client.connect(port) as client:
            assert (await post(client, "/api/action", token, origin)).status == status


async def test_the_probes_are_open_to_all(client):
    for target in ("/live", "/ready"):
        assert (await client.get(target)).status == 200


async def test_where_no_login_is_required_the_api_is_open_and_files_and_webdav_are_not(town, clock):
    application = application_of(town, replace(POLICY, login_required=False), clock)
    async with serving(application) as port, Client.connect(port) as client:
        for method, target in (("GET", "/admin"), ("POST", "/admin"), ("POST", "/nzb")):
            assert (await client.get(target, method=method)).status == 200
            reading = f"X-Api-Key: {town.key(town.users[0], Scope.READ)}"
            assert (await client.get(target, reading, method=method)).status == 200
        assert (await post(client, "/admin", "Origin: https://evil.example")).status == 403
        for target in ("/files/a.mkv", "/share", "/api/files/stream?path=/a.mkv"):
            assert (await client.get(target)).status == 401
            assert (await client.get(target, basic("usenet", "secret"))).status == 200
        assert (await post(client, "/share")).status == 401


async def test_whoever_is_known_is_named_where_nobody_need_be(town, clock):
    application = application_of(town, replace(POLICY, login_required=False), clock)
    async with serving(application) as port, Client.connect(port) as client:
        answer = await client.get("/api/action", cookie(town.login(town.users[1])))
        assert answer.body == b"user"
        assert (await client.get("/api/action")).body == b""


async def test_who_guesses_too_often_must_wait(client, clock):
    for guess in range(10):
        assert (await client.get("/files/a.mkv", basic("usenet", guess))).status == 401
    clock.now += 20.5
    answer = await client.get("/files/a.mkv", basic("usenet", "secret"))
    assert (answer.status, answer["Retry-After"]) == (429, "40")
    assert (await client.get("/files/a.mkv", f"X-Api-Key: {KEY}")).status == 200
    assert (await client.get("/files/a.mkv")).status == 401
    clock.now += 40
    assert (await client.get("/files/a.mkv", basic("usenet", "secret"))).status == 200


async def test_where_no_login_is_required_passwords_are_not_found_by_guessing_either(town, clock):
    application = application_of(town, replace(POLICY, login_required=False), clock)
    async with serving(application) as port, Client.connect(port) as client:
        for guess in range(10):
            await client.get("/api/action", basic("usenet", guess))
        assert (await client.get("/api/action", basic("usenet", "secret"))).body == b""


SECRETS = ("override", "session", "cookie", "full", "read", "nzb", "link", "as password", "basic")


def shown(town, user, chosen):
    """Target and headers that show these, and who each of them is in truth."""
    query, headers, callers = [], {}, []
    role = Role[user.role.upper()]
    for one in chosen:
        caller = Caller(user.name, role, Means.KEY)
        match one:
            case "override":
                headers["X-Api-Key"], caller = KEY, Caller("", Role.ADMIN, Means.KEY)
            case "session":
                headers["X-JWT"] = town.login(user)
            case "cookie":
                headers["Cookie"] = f"JWT={town.login(user)}"
                caller = replace(caller, ambient=True)
            case "full" | "read" | "nzb":
                scope = Scope(one)
                headers["Authorization"] = f"Bearer {town.key(user, scope)}"
                caller = replace(caller, scope=scope)
            case "link":
                query.append(f"download_key={download_key_of(town.key(user))}")
                caller = replace(caller, scope=Scope.FILES)
            case "as password":
                pair = f"{user.name}:{town.key(user)}".encode()
                headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
                caller = replace(caller, ambient=True)
            case "basic":
                headers["Authorization"] = f"Basic {base64.b64encode(b'usenet:secret').decode()}"
                caller = Caller("", Role.USER, Means.BASIC, ambient=True)
        callers.append(caller)
    return "?" + "&".join(query), headers, callers


@given(st.data())
def test_whoever_shows_anything_that_will_do_is_let_in_and_nobody_else(data):
    town = Town()
    user = town.add("ann", data.draw(st.sampled_from(Role)))
    # One header holds one of them.
    chosen = data.draw(st.sets(st.sampled_from(SECRETS)).filter(_fit_together))
    access = data.draw(st.sampled_from(Access))
    method = data.draw(st.sampled_from(["GET", "POST"]))
    foreign = data.draw(st.booleans())
    login_required = data.draw(st.booleans())
    query, headers, callers = shown(town, user, sorted(chosen))
    if foreign:
        headers["Origin"] = "https://evil.example"
    policy = replace(POLICY, login_required=login_required)
    permits = Permits({"/it": access})
    door = Door(town.gate(policy), permits, FailedLogins(Clock()), None)
    request = _request(method, f"/it{query}", headers)
    refusal = door._refusal(request)

    if access in {Access.SHARE, Access.SHARE_CHANGE} and {"as password", "basic"} & chosen:
        callers = [
            one for one, name in zip(callers, sorted(chosen), strict=True) if name != "cookie"
        ]
    asked = access.kept or login_required
    able = [one for one in callers if one.may(access)]
    if access is Access.OWN:
        assert refusal is None
    elif access is not Access.OPEN and asked and not able:
        assert refusal.status == (403 if callers else 401)
    elif method == "GET" or not foreign:
        assert refusal is None
    elif access is Access.OPEN or not able:
        assert refusal.status == 403
    else:  # what was put there by hand is no browser's doing
        assert (refusal is None) is any(not one.ambient for one in able)


def _fit_together(chosen):
    return len(chosen & {"full", "read", "nzb", "as password", "basic"}) <= 1


def _request(method, target, headers):
    route = SimpleNamespace(resource=SimpleNamespace(canonical="/it"))
    request = make_mocked_request(method, target, {"Host": "alt.example", **headers})
    request._match_info = SimpleNamespace(route=route, current_app={})
    return request
