"""The routes that rewrite pages, over stand-ins."""

from dataclasses import dataclass, field

from glossator.domain.rewriting.rewriting import Rewriting
from glossator.kernel.services import Services
from tests.domain.rewriting.models import Desk
from tests.web.auth_apps import AuthParts


@dataclass
class RewritingParts(AuthParts):
    desk: Desk = field(default_factory=Desk)

    def _services(self) -> Services:
        services = super()._services()
        services.provide(Rewriting, self.desk.rewriting())
        return services
