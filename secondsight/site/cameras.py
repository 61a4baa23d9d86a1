"""All cameras of one site, watched in its own process or in several; some can change while all others go on."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from secondsight.clock import Clock, SystemClock
from secondsight.config import SiteConfig
from secondsight.errors import SecondSightError, SourceError
from secondsight.log import redact
from secondsight.site.drawing.annotate import Annotator
from secondsight.site.pipeline.handle import PipelineHandle, SiteServices
from secondsight.site.pipeline.pipeline import CameraPipeline
from secondsight.site.processes.supervisor import PipelineProcess, ProcessCallbacks, isolated, shares
from secondsight.site.rule_classes import ModelClasses
from secondsight.site.status import CameraStatus


class SiteCameras:
    """The cameras of a site, not reading yet.

    Args:
        data: the data folder, for clips and key frames.
        services: what the frame path asks of the site.
        callbacks: what processes ask of the site and report to it.
        annotator: sees every packet and observation; keeps all cameras in this process, as does a clock that is not
            the machine's: two processes cannot share them.

    Raises:
        ModelError: a model cannot be used, or a process does not come up.
    """

    def __init__(
        self,
        config: SiteConfig,
        data: Path,
        services: SiteServices,
        callbacks: ProcessCallbacks,
        *,
        clock: Clock,
        annotator: Annotator | None,
    ) -> None:
        alone = annotator is not None or not isinstance(clock, SystemClock)
        parts = shares(config, 1 if alone else None)
        self._pipelines: list[PipelineHandle]
        if len(parts) > 1 or (not alone and isolated(config)):
            self._pipelines = [*PipelineProcess.open_all(config, data, parts, services, callbacks)]
            return
        self._pipelines = [
            CameraPipeline(
                config,
                config.cameras,
                services,
                data=data,
                clock=clock,
                listener=annotator,
                on_end=callbacks.changed,
            )
        ]

    @property
    def classes(self) -> ModelClasses:
        """Classes of the detector."""
        return self._pipelines[0].classes

    @property
    def over(self) -> bool:
        """Whether all have ended and everything of theirs is written."""
        return all(pipeline.state().over for pipeline in self._pipelines)

    @property
    def trouble(self) -> str | None:
        """What keeps one of them from being stored, if anything."""
        return next(filter(None, (pipeline.state().trouble for pipeline in self._pipelines)), None)

    def states(self) -> dict[str, CameraStatus]:
        """The status of each, by name."""
        return {
            camera.name: _showable(camera)
            for pipeline in self._pipelines
            for camera in pipeline.state().cameras
        }

    def start(self) -> None:
        """Begin to read."""
        for pipeline in self._pipelines:
            pipeline.start()

    def tick(self) -> None:
        """Housekeeping; to be called about once a second."""
        for pipeline in self._pipelines:
            pipeline.tick()

    def change(self, config: SiteConfig, changed: Collection[str]) -> None:
        """Go over to other cameras and rules. A new camera goes to the process with fewest. Takes seconds.

        Args:
            config: all sections but `cameras` and `rules` are as before.
            changed: cameras that are new, gone, or begin anew; all others go on undisturbed.

        Raises:
            ModelError, SourceError: as `PipelineHandle.change`; other processes have changed all the same.
        """
        before = [[camera.name for camera in pipeline.state().cameras] for pipeline in self._pipelines]
        after = [[name for name in names if name in config.cameras] for names in before]
        for name in config.cameras:
            if not any(name in names for names in before):
                min(after, key=len).append(name)
        failures = []
        for pipeline, old, new in zip(self._pipelines, before, after, strict=True):
            own = [name for name in changed if name in old or name in new]
            try:
                if own:
                    pipeline.change(config, new, own)
            except SecondSightError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    def ask_to_stop(self) -> None:
        """Read no more; returns at once."""
        for pipeline in self._pipelines:
            pipeline.ask_to_stop()

    def stop(self) -> None:
        """Read no more, write what is pending, end all threads and processes. Further calls do nothing."""
        for pipeline in self._pipelines:
            pipeline.stop()

    def close(self) -> None:
        """Stop, and release everything. Further calls do nothing."""
        for pipeline in self._pipelines:
            pipeline.close()

    def raise_for_failed(self) -> None:
        """Raises SourceError if a camera has failed for good; the text names all of them."""
        failed = [one.error for one in self.states().values() if one.state == "failed" and one.error]
        if failed:
            raise SourceError("; ".join(failed))


def _showable(camera: CameraStatus) -> CameraStatus:
    """A worker process knows the secrets of its own cameras only; this one knows all."""
    return camera if camera.error is None else replace(camera, error=redact(camera.error))
