"""What is deployed: every blueprint on one screen, no logic."""

from functions import api, intake, pages, retention_sweep, stream_cascade

app = api.serving(intake.api, pages.api, retention_sweep.schedule, stream_cascade.stream)
