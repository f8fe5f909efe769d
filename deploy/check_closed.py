"""Read `docker inspect` of all containers of a stack and say which is not closed in as docker-compose.yml promises."""

import json
import sys

USERS = {"web": "10001", "worker": "10001", "migrate": "10001", "db": "999", "backup": "999", "caddy": "10002"}
MAY = {"caddy": {"NET_BIND_SERVICE"}}
NO_HEALTH_CHECK = {"migrate"}  # runs once


def faults(container: dict) -> list[str]:
    """Return what is open at a container."""
    config, host = container["Config"], container["HostConfig"]
    service = config["Labels"]["com.docker.compose.service"]
    capabilities = {name.removeprefix("CAP_") for name in host["CapAdd"] or []}
    has_health_check = (config.get("Healthcheck") or {}).get("Test", ["NONE"])[0] != "NONE"
    is_well = {
        f"runs as {config['User'] or 'root'}": (config["User"] or "0").split(":")[0] == USERS[service],
        "its root file system is writable": host["ReadonlyRootfs"],
        "it keeps capabilities": host["CapDrop"] == ["ALL"] and capabilities == MAY.get(service, set()),
        "it may gain privileges": any("no-new-privileges" in option for option in host["SecurityOpt"] or []),
        "it has no memory limit": 0 < host["Memory"] <= 1024**3,
        "its log grows for ever": host["LogConfig"]["Config"].get("max-size") == "10m",
        "it has no health check": has_health_check or service in NO_HEALTH_CHECK,
        "it publishes ports": service == "caddy" or not host["PortBindings"],
    }
    return [f"{service}: {fault}" for fault, holds in is_well.items() if not holds]


if __name__ == "__main__":
    containers = json.load(sys.stdin)
    seen = {container["Config"]["Labels"]["com.docker.compose.service"] for container in containers}
    found = [fault for container in containers for fault in faults(container)]
    found += [f"{service}: is not there" for service in sorted(set(USERS) - seen)]
    sys.exit("\n".join(found) or None)
