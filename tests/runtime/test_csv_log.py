import math

from kineograph.runtime.csv_log import CsvLog


def test_wide_rows_and_new_columns(tmp_path):
    log = CsvLog(path=str(tmp_path / "metrics.csv"))
    log.log_metrics({"a": 1.0}, step=4)
    log.log_metrics({"b": 0.5, "a": math.nan}, step=8)
    assert (tmp_path / "metrics.csv").read_text().splitlines() == ["images_seen,a,b", "4,1.0,", "8,,0.5"]


def test_a_resumed_run_cuts_what_came_after(tmp_path):
    path = tmp_path / "metrics.csv"
    log = CsvLog(path=str(path))
    for step in (4, 8, 12):
        log.log_metrics({"a": float(step)}, step=step)
    path.write_text(path.read_text() + "16,1")  # killed while writing
    again = CsvLog(path=str(path))
    again.rewind(8)
    again.log_metrics({"a": 9.0}, step=12)
    assert path.read_text().splitlines() == ["images_seen,a", "4,4.0", "8,8.0", "12,9.0"]


def test_a_half_line_is_dropped_even_when_nothing_is_cut(tmp_path):
    path = tmp_path / "metrics.csv"
    CsvLog(path=str(path)).log_metrics({"a": 1.0}, step=4)
    path.write_text(path.read_text() + "8,")
    again = CsvLog(path=str(path))
    again.rewind(100)
    again.log_metrics({"a": 2.0}, step=8)
    assert path.read_text().splitlines() == ["images_seen,a", "4,1.0", "8,2.0"]


def test_names(tmp_path):
    log = CsvLog(path=str(tmp_path / "x.csv"))
    log.log_hyperparams({})
    log.rewind(0)
    assert (log.name, log.version) == ("csv", "")
    assert not (tmp_path / "x.csv").exists()
