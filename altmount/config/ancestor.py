"""The keys of the Go program that this one descends from.

Its users' files are loaded unchanged. What this version has no use for is told apart from
what nobody ever had a use for, which is likely to be misspelt.
"""

from __future__ import annotations

_INSTANCE = "name url api_key category enabled sync_interval_hours"

# A key that this version acts on stays in its section's class and is not repeated here.
_SECTIONS = {
    "": "mount_type profiler_enabled log_level allow_symlinks_on_windows",
    "metadata": "delete_source_nzb_on_removal delete_completed_nzb",
    "metadata.backup": "enabled schedule keep_backups path",
    "streaming.failure_masking": "enabled threshold",
    "segment_cache": "enabled cache_path max_size_gb expiry_hours",
    "fuse": (
        "mount_path enabled allow_other debug attr_timeout_seconds entry_timeout_seconds"
        " max_cache_size_mb max_read_ahead_mb async_buffer_size_mb async_buffer_max_total_mb"
        " backend no_mod_time"
    ),
    "rclone": (
        "path rc_enabled rc_url rc_port rc_user rc_pass rc_options mount_enabled"
        " vfs_name mount_options log_level uid gid umask buffer_size attr_timeout cache_dir"
        " vfs_cache_mode vfs_cache_max_size vfs_cache_max_age vfs_cache_poll_interval"
        " vfs_read_chunk_size vfs_read_chunk_size_limit vfs_read_ahead allow_other"
        " allow_non_empty links no_checksum no_mod_time transfers timeout syslog read_only"
        " dir_cache_time vfs_cache_min_free_space vfs_disk_space_total vfs_read_chunk_streams"
        " async_read vfs_fast_fingerprint use_mmap read_chunk_size read_chunk_size_limit"
    ),
    "import": (
        "queue_processing_interval_seconds max_download_prefetch"
        " read_timeout_seconds max_import_connections"
    ),
    "sabnzbd": "download_client_base_url history_retention_minutes",
    "sabnzbd.categories": "type",
    "arrs": (
        "enabled max_workers webhook_base_url queue_cleanup_enabled"
        " queue_cleanup_interval_seconds queue_cleanup_grace_period_minutes"
        " queue_cleanup_max_failures stuck_cleanup_enabled stuck_cleanup_grace_period_minutes"
        " cleanup_automatic_import_failure"
    ),
    "arrs.queue_cleanup_rules": "message enabled action",
    "arrs.stuck_cleanup_rules": "message enabled action",
    "arrs.queue_cleanup_allowlist": "message enabled",
    "arrs.radarr_instances": _INSTANCE,
    "arrs.sonarr_instances": _INSTANCE,
    "arrs.lidarr_instances": _INSTANCE,
    "arrs.readarr_instances": _INSTANCE,
    "arrs.whisparr_instances": _INSTANCE,
    "arrs.sportarr_instances": _INSTANCE,
    "health": (
        "enabled library_dir cleanup_orphaned_metadata cleanup_orphaned_files"
        " check_interval_seconds max_connections_for_health_checks check_batch_size"
        " max_concurrent_jobs segment_sample_percentage check_all_segments verify_data"
        " acceptable_missing_segments_percentage read_timeout_seconds max_retries"
        " library_sync_interval_minutes library_sync_concurrency resolve_repair_on_import"
        " excluded_categories corruption_action"
    ),
    "health.repair": (
        "enabled interval_minutes max_cooldown_hours max_repair_retries exponential_backoff"
    ),
    "providers": (
        "account_expiration_date last_rtt_ms last_speed_test_mbps last_speed_test_time user_agent"
    ),
    "network": "http_proxy https_proxy no_proxy",
    "nzblnk": "user_agent",
    "stremio": "enabled nzb_ttl_hours base_url",
    "stremio.prowlarr": "enabled host api_key categories indexers languages qualities",
}

KEYS = frozenset(
    f"{section}.{key}".removeprefix(".")
    for section, keys in _SECTIONS.items()
    for key in keys.split()
)
"""Its keys, with the sections they are in, without numbers of lists: ``providers.proxy_url``."""

SECTIONS = frozenset(_SECTIONS) - {""}
"""Its sections that have such keys."""

VARIABLES = frozenset({"ALTMOUNT_FUSE_BACKEND"})
"""Its environment variables that look like ours."""


def keys_in(section: str) -> frozenset[str]:
    """Its keys directly in a section (``""`` for the top of the file)."""
    return frozenset(_SECTIONS.get(section, "").split())


def names_in(section: str) -> frozenset[str]:
    """Its keys and sections directly in a section (``""`` for the top of the file)."""
    above = f"{section}.".removeprefix(".")
    inner = (name.removeprefix(above) for name in SECTIONS if name.startswith(above))
    return keys_in(section) | frozenset(name.partition(".")[0] for name in inner)
