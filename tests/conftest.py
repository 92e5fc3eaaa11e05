"""What holds for all tests: how long an example takes says nothing about it."""

try:
    from hypothesis import HealthCheck, settings
except ImportError:  # the plain install is tested without any of the libraries that tests use
    pass
else:
    settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("patient")
