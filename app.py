"""What is deployed: every blueprint on one screen, no logic."""

from functions import (
    api,
    canary,
    documents,
    intake,
    mail_events,
    pages,
    reminders,
    retention_sweep,
    staff,
    staff_requests,
    stream_cascade,
    subject_requests,
    workers,
)

app = api.serving(
    intake.api,
    pages.api,
    subject_requests.api,
    staff.api,
    staff_requests.api,
    retention_sweep.schedule,
    reminders.schedule,
    canary.schedule,
    stream_cascade.stream,
    workers.stream,
    documents.uploads,
    mail_events.events,
)
