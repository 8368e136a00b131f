"""What is deployed: every blueprint on one screen, no logic."""

from functions import api, intake, pages, retention_sweep, staff, stream_cascade

app = api.serving(intake.api, pages.api, staff.api, retention_sweep.schedule, stream_cascade.stream)
