"""What holds for all tests: how long an example takes says nothing about it, and a suite may hold for several classes."""

try:
    from hypothesis import HealthCheck, settings
except ImportError:  # the plain install is tested without any of the libraries that tests use
    pass
else:
    passed_over = [HealthCheck.too_slow, HealthCheck.differing_executors]
    settings.register_profile("patient", deadline=None, suppress_health_check=passed_over)
    settings.load_profile("patient")
