import math

import pytest

from kineograph.core.errors import UserError
from kineograph.report.rows import gather, in_order, metric_names, number, same_protocol, same_task
from tests.report.results import CARD, row, save


def test_files_and_folders_give_rows_and_logs(tmp_path):
    run = tmp_path / "runs" / "one"
    run.mkdir(parents=True)
    (run / "metrics.csv").write_text("images_seen,l1\n1,2\n")
    (run / "status.json").write_text('{"state": "finished"}')
    result = save(tmp_path / "eval", row("gan", run=str(run), previews=[{"picture": "p.png", "film": "films/p.gif"}]))
    for places in ([result], [result, tmp_path]):
        rows, logs = gather(places)
        assert [found["name"] for found in rows] == ["gan"]
        assert logs == {"gan": run / "metrics.csv"}
    assert rows[0]["previews"][0]["film"] == str(tmp_path / "eval" / "films" / "p.gif")


def test_a_reference_measured_twice_is_shown_once(tmp_path):
    for folder, seconds in (("a", 0.1), ("b", 0.2)):
        result = row("frozen", "reference")
        result["metrics"]["seconds_per_clip"] = seconds
        save(tmp_path / folder, result)
    save(tmp_path / "c", row("frozen", "reference", value=0.9))
    assert len(gather([tmp_path])[0]) == 2


def test_bad_places_are_one_clear_line(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        gather([tmp_path / "nothing"])
    with pytest.raises(UserError, match="no evaluation result"):
        gather([tmp_path])
    other = tmp_path / "other.json"
    other.write_text("[1, 2]")
    with pytest.raises(UserError, match="not an evaluation result"):
        gather([other])
    with pytest.raises(UserError, match="'kind' is one of"):
        gather([save(tmp_path, row("gan", kind="wrong"))])


def test_rows_of_two_protocols_are_refused_with_the_fields():
    other = row("flow") | {"protocol": CARD | {"height": 64, "hash": "b2"}}
    with pytest.raises(UserError, match=r"'gan' and 'flow'.*height: 16 and 64"):
        same_protocol([row("gan"), other])
    assert same_protocol([row("gan"), row("flow")]) == CARD


def test_order():
    rows = [row("s", "shipped"), row("b"), row("frozen", "reference"), row("a"), row("real", "reference")]
    assert [each["name"] for each in in_order(rows)] == ["real", "frozen", "b", "a", "s"]


def test_metric_names_and_numbers():
    assert metric_names([row("gan")]) == ["clip_distance"]
    assert number(2) == 2.0
    assert all(math.isnan(number(value)) for value in (None, "2", math.inf))


def test_rows_whose_metric_was_set_otherwise_are_refused_with_the_setting():
    one, other = (
        row(name, settings={"a": {"kernel": {"width": w}, "seed": 0}}) for name, w in (("gan", 1), ("flow", 2))
    )
    with pytest.raises(UserError, match=r"'gan' and 'flow' .* one a \(kernel width 1 != 2\)"):
        same_protocol([row("old"), one, row("else", settings={"b": {}}), other])
    same_protocol([one, one | {"name": "again"}, row("old")])


def test_rows_that_were_given_different_things_are_refused():
    given, untold = {"name": "image_to_video", "index": 0}, {"name": "interpolation"}
    with pytest.raises(UserError, match="'gan' was given .*'flow' .*evaluate both with one task=NAME"):
        same_task([row("gan", task=given), row("old"), row("flow", task=untold)])
    with pytest.raises(UserError, match="one task"):
        same_task([row("frozen", "reference", task=untold), row("gan", task=given)])
    same_task([row("frozen", "reference", task=given | {"index": 1}), row("gan", task=given), row("old")])
