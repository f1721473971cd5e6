from glossator.kernel.errors import ServiceFault


class Lamp:
    """A service that counts how often it is checked, and can be out."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.checks = 0

    async def check(self) -> None:
        self.checks += 1
        if self.broken:
            raise ServiceFault("the lamp is out - change it")
