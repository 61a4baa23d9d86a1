"""The message queue from the site's and the reviewer's side. In: a site's store, or cases on the work queue. Out:
counts per minute on the queue, and verdicts of a brain that runs here. What goes out as alerts is a channel of
`serve.alerts`; the brain that offers cases is `brain.backends.queue`.
"""

from secondsight.serve.queue.observations import ObservationPublisher
from secondsight.serve.queue.worker import ReviewWorker

__all__ = ["ObservationPublisher", "ReviewWorker"]
