"""Jobs proposed by Optuna (Akiba et al. 2019): ask and tell, a journal file as its memory, hopeless jobs pruned.

The search space is Hydra's grammar: ``a=1,2`` or ``choice(a,b)``, ``range(1,9,2)``, ``interval(0,1)``,
``int(interval(1,64))``, ``tag(log,interval(1e-5,1e-2))``.
"""

import math
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from kineograph.core.errors import ConfigError, UserError
from kineograph.core.run import Run
from kineograph.runtime.registry import series
from kineograph.runtime.sweepers.grid import choices, with_params


class OptunaSweeper:
    """``n_trials`` jobs that look for the best last value of ``metric``, a column of metrics.csv.

    SWEEP/optuna.journal holds the study: a sweep whose controller was killed goes on with all that it has learned.
    Several jobs may run at once. The pruner sees each value as it is logged, at the images seen.
    """

    def __init__(
        self, *, metric: str, direction: str, n_trials: int, sampler: Any, pruner: Any, params: dict[str, str]
    ):
        if direction not in ("minimize", "maximize"):
            raise ConfigError(f"hydra.sweeper.direction is minimize or maximize, not {direction}")
        self.metric = metric
        self.direction = direction
        self.n_trials = n_trials
        self.sampler = sampler
        self.pruner = pruner
        self.params = params
        self.fixed: list[str] = []
        self.space: dict[str, Any] = {}
        self.study: Any = None
        self.trials: dict[str, Any] = {}  # by the name of their run, those that go on
        self.read: dict[str, int] = {}  # how long each log was when it was last looked at

    def plan(self, overrides: list[str]) -> list[list[str]]:
        """Reads the search space; the jobs themselves come one by one."""
        for text in with_params(overrides, self.params):
            try:
                override = OverridesParser.create().parse_override(text)
            except HydraException as error:
                raise ConfigError(f"{text}: {str(error).splitlines()[0]}") from error
            if override.is_sweep_override():
                self.space[str(override.get_key_element())] = _possible(override, text)
            else:
                self.fixed.append(text)
        if not self.space:
            raise ConfigError("nothing to search: give a range, such as 'animator.grad_clip=tag(log,interval(0.1,10))'")
        return []

    def begin(self, folder: Path) -> None:
        optuna = _optuna()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        backend = optuna.storages.journal.JournalFileBackend(str(folder / "optuna.journal"))
        self.study = optuna.create_study(
            study_name="sweep",
            storage=optuna.storages.JournalStorage(backend),
            direction=self.direction,
            sampler=self.sampler,
            pruner=self.pruner,
            load_if_exists=True,
        )
        earlier = self.study.get_trials(deepcopy=False)
        if earlier:
            self.sampler.reseed_rng()  # else it would draw its first points again
        for trial in earlier:
            name = trial.user_attrs.get("run", "")
            if trial.state.is_finished():
                continue
            if (folder / name / "config.yaml").is_file():
                self.trials[name] = optuna.trial.Trial(self.study, trial._trial_id)
                run = Run(folder / name)
                if run.status().get("state") in ("finished", "pruned", "failed"):  # after the controller had gone
                    self.learn(run)
            else:  # its folder was not prepared
                self.study.tell(trial.number, state=optuna.trial.TrialState.FAIL)

    def ask(self, name: str) -> list[str] | None:
        if sum("run" in trial.user_attrs for trial in self.study.get_trials(deepcopy=False)) >= self.n_trials:
            return None
        trial = self.study.ask(self.space)
        trial.set_user_attr("run", name)
        self.trials[name] = trial
        return [*self.fixed, *(f"{key}={value}" for key, value in trial.params.items())]

    def hopeless(self, run: Run) -> bool:
        trial = self.trials.get(run.path.name)
        log = run.path / "metrics.csv"
        size = log.stat().st_size if log.is_file() else 0
        if trial is None or size == self.read.get(run.path.name, 0):
            return False
        self.read[run.path.name] = size
        self._report(run, trial)
        return bool(trial.should_prune())

    def _report(self, run: Run, trial: Any) -> None:
        known = self.study.get_trials(deepcopy=False)[trial.number].intermediate_values
        for clock, value in series(run.path).get(self.metric, []):
            if clock not in known:
                trial.report(value, clock)

    def learn(self, run: Run) -> None:
        optuna, states = _optuna(), _optuna().trial.TrialState
        state = run.status().get("state")
        line = series(run.path).get(self.metric, [])
        value = line[-1][1] if line else math.nan
        trial = self.trials.get(run.path.name)
        if state == "finished" and not math.isfinite(value):
            run.update_status(state="failed", error=f"metrics.csv has no number for {self.metric}")
            state = "failed"
        if trial is None:  # failed once and was tried again; a trial that was told stays as it is
            if state == "finished":
                old = next(t for t in self.study.get_trials() if t.user_attrs.get("run") == run.path.name)
                known: dict[str, Any] = {"params": old.params, "distributions": old.distributions}
                self.study.add_trial(
                    optuna.trial.create_trial(**known, value=value, user_attrs={"again": run.path.name})
                )
            return
        self._report(run, trial)
        if state == "finished":
            self.study.tell(trial, value)
        elif state in ("pruned", "failed"):
            self.study.tell(trial, state=states.PRUNED if state == "pruned" else states.FAIL)
        else:
            return  # preempted: it will go on
        del self.trials[run.path.name]

    def word(self) -> str:
        done = self.study.get_trials(deepcopy=False, states=[_optuna().trial.TrialState.COMPLETE])
        if not done:
            return f"no job has a value of {self.metric} yet"
        best = self.study.best_trial
        name = best.user_attrs.get("run") or best.user_attrs.get("again")
        told = " ".join(f"{key}={value}" for key, value in best.params.items())
        return f"best {self.metric} of {len(done)}: {best.value:.6g} in {name} ({told})"


def _possible(override: Override, text: str) -> Any:
    try:
        return _distribution(override, text)
    except UserError:
        raise
    except ValueError as error:  # Optuna's: low above high, a logarithm of 0
        raise ConfigError(f"{text}: {' '.join(str(error).split())}") from error


def _distribution(override: Override, text: str) -> Any:
    distributions = _optuna().distributions
    value: Any = override.value()
    if override.is_interval_sweep():
        log = "log" in value.tags
        if isinstance(value.start, int):
            return distributions.IntDistribution(value.start, value.end, log=log)
        return distributions.FloatDistribution(value.start, value.end, log=log)
    if override.is_range_sweep():
        values = list(value.range())
        if values and isinstance(values[0], int):
            return distributions.IntDistribution(min(values), max(values), step=abs(value.step))
    return distributions.CategoricalDistribution([choice.partition("=")[2] for choice in choices(text)])


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise UserError(
            "hydra/sweeper=optuna needs Optuna; install it with: pip install 'kineograph[sweep]'"
        ) from error
    return optuna
