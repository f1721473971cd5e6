"""Records of the jobs of one process, for a server without a database."""

from datetime import datetime

from glossator.domain.book.job_ports import KEPT, Job


class MemoryJobs:
    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    async def begin(self, job: Job, stale: datetime) -> str | None:
        await self.interrupt(stale)
        running = next((known.id for known in self._jobs.values() if known.under_way), None)
        if running is None:
            self._jobs[job.id] = job
            while len(self._jobs) > KEPT:
                del self._jobs[next(iter(self._jobs))]
        return running

    async def save(self, job: Job) -> bool:
        known = self._jobs.get(job.id)
        if known is None or not known.under_way:
            return False
        self._jobs[job.id] = job
        return True

    async def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    async def interrupt(self, stale: datetime) -> int:
        dead = [job for job in self._jobs.values() if job.under_way and job.seen_at < stale]
        self._jobs.update({job.id: job.interrupted() for job in dead})
        return len(dead)
