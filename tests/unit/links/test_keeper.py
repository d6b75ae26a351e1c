"""Links follow a library that is only a dictionary here; the folder is on the disk."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from altmount.library.nodes import File, Folder
from altmount.library.paths import VirtualPath
from altmount.links.folder import LinkFolder, LinkTakenError
from altmount.links.keeper import Keeper
from altmount.links.wanted import Kind, Strategy, leads_as_named, leads_into

MOUNT = "/mnt/usenet"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def file(path, name, release="r"):
    return File(VirtualPath(path), 1, NOW, "e", name, NOW, release, 0)


class Library:
    """Files at paths, by their ids."""

    def __init__(self):
        self.files = {}

    def put(self, name, path, release="r"):
        self.files[name] = file(path, name, release)

    async def find(self, path):
        if path == "/":
            return Folder(path, NOW, "root", NOW)
        for each in self.files.values():
            if each.path == path:
                return each
        return None

    async def walk(self, path):
        yield [each for each in self.files.values() if each.path.startswith(path)]


class Made:
    """What is known of links, in memory; may end in the middle."""

    def __init__(self, library):
        self.library = library
        self.links, self.made, self.crash = {}, set(), -1

    async def all(self):
        return dict(self.links)

    async def places(self):
        return {name: each.path for name, each in self.library.files.items()}

    async def folders(self):
        return set(self.made)

    async def add_folders(self, paths):
        self.made |= set(paths)

    async def put(self, links):
        if self.crash == 0:
            raise KeyboardInterrupt
        self.crash -= 1
        self.links |= {one.node: one for one in links}

    async def tidy(self, folders):
        self.made -= set(folders)


class World:
    def __init__(self, root):
        self.root = root
        self.library = Library()
        self.made = Made(self.library)
        self.start()

    def start(self, mount=MOUNT):
        strategy = Strategy(Kind.SYMLINK, mount)
        folder = LinkFolder(self.root, lambda _, text: leads_into(text, mount), leads_as_named)
        self.keeper = Keeper(strategy, folder, self.made, self.library)

    def stand(self):
        links = [each for each in self.root.rglob("*") if each.is_symlink()]
        return {str(each.relative_to(self.root)): str(each.readlink()) for each in links}

    def folders(self):
        return {str(each) for each in self.root.rglob("*") if each.is_dir()}


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


async def test_a_file_that_clients_wrote_gets_no_link(world):
    world.library.put("a", "/m/a.srt", release=None)
    world.library.put("b", "/m/b.mkv")
    assert await world.keeper.make(VirtualPath("/m/a.srt")) == 0
    assert await world.keeper.make(VirtualPath("/m/b.mkv")) == 1
    assert await world.keeper.make(VirtualPath("/")) == 1
    assert world.stand() == {"m/b.mkv": f"{MOUNT}/m/b.mkv"}


async def test_two_files_that_change_places_keep_a_link_each(world):
    world.library.put("a", "/m/a.mkv")
    world.library.put("b", "/m/b.mkv")
    for name in "ab":
        await world.keeper.make(world.library.files[name].path)
    world.library.put("a", "/m/b.mkv")
    world.library.put("b", "/m/a.mkv")
    await world.keeper.follow()
    assert world.stand() == {"m/a.mkv": f"{MOUNT}/m/a.mkv", "m/b.mkv": f"{MOUNT}/m/b.mkv"}


async def test_what_is_in_the_way_of_one_link_holds_up_no_other_and_is_let_be(world):
    for name in "ab":
        world.library.put(name, f"/m/{name}.mkv")
        await world.keeper.make(world.library.files[name].path)
    (world.root / "theirs.mkv").write_text("theirs")
    world.library.put("a", "/theirs.mkv")
    world.library.put("b", "/n/b.mkv")
    await world.keeper.follow()
    assert world.stand() == {"n/b.mkv": f"{MOUNT}/n/b.mkv"}
    assert (world.root / "theirs.mkv").read_text() == "theirs"
    with pytest.raises(LinkTakenError):
        await world.keeper.make(VirtualPath("/theirs.mkv"))


async def test_a_folder_that_was_there_before_stays_when_its_last_link_goes(world):
    (world.root / "m").mkdir()
    world.library.put("a", "/m/n/a.mkv")
    await world.keeper.make(VirtualPath("/m/n/a.mkv"))
    del world.library.files["a"]
    await world.keeper.follow()
    assert world.folders() == {str(world.root / "m")}


async def test_a_link_made_by_hand_again_after_a_move_has_one_place(world):
    world.library.put("a", "/m/a.mkv")
    await world.keeper.make(VirtualPath("/m/a.mkv"))
    world.library.put("a", "/n/a.mkv")
    assert await world.keeper.make(VirtualPath("/n/a.mkv")) == 1
    assert world.stand() == {"n/a.mkv": f"{MOUNT}/n/a.mkv"}


async def test_links_that_stand_follow_a_mount_that_has_moved_and_the_others_do_not(world):
    for name in "abc":
        world.library.put(name, f"/m/{name}.mkv")
        await world.keeper.make(world.library.files[name].path)
    (world.root / "m/a.mkv").unlink()
    world.library.put("b", "/n/b.mkv")
    world.start("/media")
    await world.keeper.follow()
    assert world.stand() == {"m/c.mkv": "/media/m/c.mkv", "n/b.mkv": "/media/n/b.mkv"}


async def test_regenerated_links_are_all_there_but_where_something_is_in_the_way(world):
    for name in "abc":
        world.library.put(name, f"/m/{name}.mkv")
        await world.keeper.make(world.library.files[name].path)
    (world.root / "m/a.mkv").unlink()
    (world.root / "m/b.mkv").unlink()
    (world.root / "m/b.mkv").write_text("theirs")
    del world.library.files["c"]
    done = await world.keeper.regenerate(VirtualPath("/m"))
    assert (done.links, done.taken) == (1, 1)
    assert [each.split()[0] for each in done.obstacles] == [str(world.root / "m/b.mkv")]
    assert world.stand() == {"m/a.mkv": f"{MOUNT}/m/a.mkv"}
    assert (world.root / "m/b.mkv").read_text() == "theirs"


NAMES = st.sampled_from(["/a", "/b", "/m/a", "/m/b", "/n/o/a"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("file"), st.sampled_from("xyz"), NAMES),
        st.tuples(st.just("remove"), st.sampled_from("xyz"), st.none()),
        st.tuples(st.just("follow"), st.none(), st.none()),
        st.tuples(st.just("crash"), st.sampled_from([0, 1]), st.none()),
    ),
    max_size=20,
)


@given(steps=STEPS)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
async def test_whatever_happens_each_file_ends_with_its_link_and_nothing_else(
    tmp_path_factory, steps
):
    world = World(tmp_path_factory.mktemp("links"))
    for what, name, path in steps:
        files = world.library.files
        if what == "file" and path not in {each.path for each in files.values()}:
            new = name not in world.made.links
            world.library.put(name, path)
            if new:
                await world.keeper.make(VirtualPath(path))
        elif what == "remove":
            files.pop(name, None)
        elif what == "follow":
            await world.keeper.follow()
        elif what == "crash":
            world.made.crash = name
            with suppress(KeyboardInterrupt):
                await world.keeper.follow()
            world.made.crash = -1
            world.start()
    await world.keeper.follow()
    wanted = {each.path[1:]: f"{MOUNT}{each.path}" for each in world.library.files.values()}
    assert world.stand() == wanted
