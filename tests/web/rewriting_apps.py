"""An app with the rewriting routes and a fake model."""

from dataclasses import dataclass, field, replace
from functools import cached_property

from glossator.domain.rewriting.rewriting import Rewriting
from glossator.kernel.services import Services
from glossator.web.http.context import WebOptions
from tests.domain.rewriting.models import Setup
from tests.web.auth.apps import AuthParts


@dataclass
class RewritingParts(AuthParts):
    setup: Setup = field(default_factory=Setup)
    trusted_hops: int = 0

    def web_options(self) -> WebOptions:
        return replace(super().web_options(), trusted_hops=self.trusted_hops)

    @cached_property
    def rewriting(self) -> Rewriting:
        """Shared by all apps of these parts."""
        return self.setup.rewriting()

    def _services(self) -> Services:
        services = super()._services()
        services.provide(Rewriting, self.rewriting)
        return services
