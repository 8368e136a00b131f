"""What is deployed: every blueprint on one screen, no logic."""

from chalice import Chalice

from functions import intake, pages, problems, retention_sweep, stream_cascade

app = Chalice(app_name="avara-privacy")
app.api.binary_types.append("multipart/form-data")
app.register_middleware(problems.translate, "http")
app.register_blueprint(intake.api)
app.register_blueprint(pages.api)
app.register_blueprint(retention_sweep.schedule)
app.register_blueprint(stream_cascade.stream)
