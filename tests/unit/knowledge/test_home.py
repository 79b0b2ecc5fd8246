"""Each process has an index directory of its own, and one generation in it serves."""

from __future__ import annotations

from pathlib import Path

from deskhand.knowledge.home import Home


def test_the_second_process_takes_the_next_directory_and_a_free_one_is_taken_again(tmp_path: Path) -> None:
    first, second = Home(tmp_path), Home(tmp_path)
    assert [first.directory.name, second.directory.name] == ["index-0", "index-1"]

    first.close()
    third = Home(tmp_path)

    assert third.directory.name == "index-0"
    second.close()
    third.close()


def test_a_generation_serves_from_the_moment_it_is_switched_to(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.current() is None
    one = home.new()
    home.switch(one)
    two = home.new()
    assert home.current() == one

    home.switch(two)
    home.clear(keep=two)

    assert home.current() == two
    assert not one.exists()
    home.close()


def test_a_name_that_leads_nowhere_is_no_generation(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (home.directory / "current").write_text("g7")

    assert home.current() is None
    home.close()
