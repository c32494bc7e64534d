"""Tests of the harness that need no quiet machine: counters, cells, rows. `python3 -m unittest discover tools/bench`"""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness import cells, cgroup, machine, measure  # noqa: E402
from harness.results import Results, rounded  # noqa: E402

HYBRID = """\
tmpfs /sys/fs/cgroup tmpfs rw 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0
"""


class Groups(unittest.TestCase):
    def test_controllers_that_share_a_hierarchy(self):
        first, second = cgroup.mounts(HYBRID)
        self.assertEqual(first["cpu"], first["cpuacct"])
        self.assertEqual(first["memory"], Path("/sys/fs/cgroup/memory"))
        self.assertEqual(second, Path("/sys/fs/cgroup/unified"))

    def test_both_versions_give_the_same_numbers_in_the_same_units(self):
        stat = "nr_periods 40\nnr_throttled 10\n"
        one = cgroup.Version1.read({
            "cpu": "1500000000\n", "quota": stat + "throttled_time 250000000\n", "memory": "70000000\n",
            "memory_stat": "cache 1\ntotal_inactive_file 20000000\ntotal_rss 45000000\n",
        })  # fmt: skip
        two = cgroup.Version2.read({
            "cpu": "usage_usec 1500000\nuser_usec 1\n" + stat + "throttled_usec 250000\n", "memory": "70000000\n",
            "memory_stat": "anon 45000000\ninactive_file 20000000\n",
        })  # fmt: skip
        self.assertEqual(one, two)
        self.assertEqual(one["memory_bytes"], 50_000_000)
        self.assertEqual((one["cpu_seconds"], one["throttled_seconds"]), (1.5, 0.25))

    def test_version_2_hands_its_controllers_down(self):
        with tempfile.TemporaryDirectory() as root:
            group = cgroup.Version2(Path(root), "service")
            group.limit(0.25)
            self.assertEqual((group.folder / "cpu.max").read_text(), "25000 100000")
            self.assertEqual((Path(root) / "cgroup.subtree_control").read_text(), "+cpu +memory")
            group.limit(None)
            self.assertEqual((group.folder / "cpu.max").read_text(), "max 100000")


class Cells(unittest.TestCase):
    def test_the_core_grid_is_the_one_that_the_model_is_judged_on(self):
        settings = cells.core()
        self.assertEqual(len(settings), 27)
        self.assertEqual(sum(len(s.loads) for s in settings), 27 * 7)

    def test_no_window_is_in_two_grids(self):
        names = [cell for grid in cells.GRIDS.values() for setting in grid() for cell in setting.cells()]
        self.assertEqual({name for name in names if names.count(name) > 1}, set())

    def test_a_pattern_names_a_setting_or_windows(self):
        self.assertTrue(cells.wanted("gin/500m/none/open-0.48", ["gin/500m"]))
        self.assertTrue(cells.wanted("gin/none/cpu-1ms/closed-100", ["*/none/cpu-1ms/closed-*"]))
        self.assertFalse(cells.wanted("gin/500m/none/open-0.48", ["flask"]))


class Cores(unittest.TestCase):
    def test_times_of_the_chosen_cores_alone(self):
        stat = "cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 100 0 50 800 0 10 40 30 0 0\ncpu1 7 7 7 7 7 7 7 7 7 7\nintr 5\n"
        times = machine.core_times(stat, None, {0})
        self.assertEqual({name: seconds * machine.TICKS for name, seconds in times.items()}, {"processes": 150, "interrupts": 50, "steal": 30})

    def test_processes_are_counted_exactly_where_the_kernel_does(self):
        times = machine.core_times("cpu0 100 0 50 800 0 10 40 30 0 0\n", "1234000000 99000000\n", {0})
        self.assertEqual(times["processes"], 1.234)

    def test_lists_of_cores(self):
        self.assertEqual(machine.cpu_list("0-2,5"), {0, 1, 2, 5})


class Windows(unittest.TestCase):
    def test_rare_requests_are_waited_for(self):
        self.assertEqual([measure.length(10, rate) for rate in (1000, 50, 5)], [10, 20, 40])

    def test_what_says_nothing_of_the_service_is_refused(self):
        good = {"requests": 1000, "errors": 0, "rate": 400.0, "generator_busy": 0.1, "first_error": None}
        self.assertIsNone(measure.refused(good, 1000.0))
        for change in ({"rate": 600.0}, {"generator_busy": 0.6}, {"errors": 2}, {"requests": 0}):
            self.assertIsNotNone(measure.refused(good | change, 1000.0), change)

    def test_each_disturbance_is_named(self):
        quiet = dict.fromkeys(("stalled_share_of_generator", "stalled_share_of_service_core", "steal_share", "foreign_share"), 0.0)
        self.assertEqual(measure.disturbed(quiet), [])
        for name in quiet:
            self.assertEqual(len(measure.disturbed(quiet | {name: 0.5})), 1, name)


class Stored(unittest.TestCase):
    def test_a_run_goes_on_where_it_was_and_later_passes_say_how_far_they_are(self):
        cell = {"kind": "window", "cell": "gin/500m/none/closed-100", "disturbed": [], "rate": 100.0}
        measured = {"cpu_seconds_per_request": 0.001, "p50_seconds": 0.01, "p99_seconds": None, "memory_bytes": 8}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results" / "run.jsonl"
            Results(path).add(cell | measured | {"pass": 1, "disturbed": ["other processes ran on the service's cores"]})
            results = Results(path)
            self.assertIsNotNone(results.window(cell["cell"], False, 1))
            self.assertIsNone(results.window(cell["cell"], True, 1))
            self.assertIsNone(results.window(cell["cell"], False, 2))
            self.assertEqual(results.saturation("gin/500m/none", 100), 100.0)
            spread = results.spread(cell | measured | {"pass": 2, "rate": 110.0})
            self.assertAlmostEqual(spread["rate"], 10 / 105)
            self.assertIsNone(spread["p99_seconds"])

    def test_numbers_are_written_with_six_digits(self):
        self.assertEqual(rounded({"a": 0.123456789, "b": 1234567, "c": {"d": 1e-9 / 3}}), {"a": 0.123457, "b": 1234567, "c": {"d": 3.33333e-10}})


if __name__ == "__main__":
    unittest.main()
