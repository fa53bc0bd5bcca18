BEGIN TRANSACTION;
CREATE TABLE alembic_version (version_num TEXT PRIMARY KEY);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE alerts (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	"key" TEXT NOT NULL, 
	severity TEXT NOT NULL, 
	title TEXT NOT NULL, 
	text TEXT NOT NULL, 
	state TEXT NOT NULL, 
	count INTEGER NOT NULL, 
	first_at INTEGER NOT NULL, 
	last_at INTEGER NOT NULL, 
	acknowledged_by TEXT
)
 STRICT

;
CREATE TABLE alias_moves (
	id INTEGER NOT NULL, 
	model_id INTEGER NOT NULL, 
	alias TEXT NOT NULL, 
	from_number INTEGER, 
	to_number INTEGER, 
	who TEXT NOT NULL, 
	why TEXT NOT NULL, 
	at INTEGER NOT NULL, 
	CONSTRAINT pk_alias_moves PRIMARY KEY (id), 
	CONSTRAINT fk_alias_moves_model_id FOREIGN KEY(model_id) REFERENCES models (id) ON DELETE CASCADE
)
 STRICT

;
CREATE TABLE aliases (
	model_id INTEGER NOT NULL, 
	alias TEXT NOT NULL, 
	model_version_id INTEGER NOT NULL, 
	moved_at INTEGER NOT NULL, 
	CONSTRAINT pk_aliases PRIMARY KEY (model_id, alias), 
	CONSTRAINT fk_aliases_model_id FOREIGN KEY(model_id) REFERENCES models (id) ON DELETE CASCADE, 
	CONSTRAINT fk_aliases_model_version_id FOREIGN KEY(model_version_id) REFERENCES model_versions (id)
)
 STRICT

;
CREATE TABLE arrivals (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	dataset_id INTEGER NOT NULL, 
	path TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	size_bytes INTEGER NOT NULL, 
	modified_ns INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	version INTEGER, 
	rows INTEGER, 
	reason TEXT, 
	arrived_at INTEGER NOT NULL, 
	moved_to TEXT, 
	CONSTRAINT fk_arrivals_dataset_id FOREIGN KEY(dataset_id) REFERENCES datasets (id) ON DELETE CASCADE
)
 STRICT

;
CREATE TABLE artifacts (
	run_id INTEGER NOT NULL, 
	path TEXT NOT NULL, 
	blob TEXT NOT NULL, 
	size_bytes INTEGER NOT NULL, 
	CONSTRAINT pk_artifacts PRIMARY KEY (run_id, path), 
	CONSTRAINT fk_artifacts_run_id FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
)
 STRICT

;
CREATE TABLE check_results (
	id INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	"check" TEXT NOT NULL, 
	"column" TEXT, 
	passed INTEGER NOT NULL, 
	on_fail TEXT NOT NULL, 
	rows INTEGER NOT NULL, 
	rows_failed INTEGER NOT NULL, 
	value REAL, 
	"limit" TEXT NOT NULL, 
	examples TEXT NOT NULL, 
	CONSTRAINT pk_check_results PRIMARY KEY (id), 
	CONSTRAINT uq_check_results_version_id_check UNIQUE (version_id, "check"), 
	CONSTRAINT fk_check_results_version_id FOREIGN KEY(version_id) REFERENCES versions (id) ON DELETE CASCADE
)
 STRICT

;
CREATE TABLE cycles (
	id INTEGER NOT NULL, 
	model_id INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	"trigger" TEXT NOT NULL, 
	version_id INTEGER NOT NULL, 
	opened_at INTEGER NOT NULL, 
	policy_time INTEGER NOT NULL, 
	closed_at INTEGER, 
	outcome TEXT, 
	run_id INTEGER, 
	challenger INTEGER, 
	CONSTRAINT pk_cycles PRIMARY KEY (id), 
	CONSTRAINT fk_cycles_model_id FOREIGN KEY(model_id) REFERENCES models (id) ON DELETE CASCADE, 
	CONSTRAINT fk_cycles_version_id FOREIGN KEY(version_id) REFERENCES versions (id)
)
 STRICT

;
CREATE TABLE datasets (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	schema TEXT, 
	created_at INTEGER NOT NULL, 
	CONSTRAINT pk_datasets PRIMARY KEY (id), 
	CONSTRAINT uq_datasets_name UNIQUE (name)
)
 STRICT

;
CREATE TABLE drift_columns (
	report_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	verdict TEXT NOT NULL, 
	effect REAL NOT NULL, 
	p_value REAL NOT NULL, 
	p_adjusted REAL NOT NULL, 
	"limit" REAL NOT NULL, 
	limit_source TEXT NOT NULL, 
	rows INTEGER NOT NULL, 
	psi REAL NOT NULL, 
	wasserstein REAL, 
	jensen_shannon REAL NOT NULL, 
	null_share_reference REAL NOT NULL, 
	null_share REAL NOT NULL, 
	new_value_share REAL NOT NULL, 
	importance REAL, 
	CONSTRAINT pk_drift_columns PRIMARY KEY (report_id, name), 
	CONSTRAINT fk_drift_columns_report_id FOREIGN KEY(report_id) REFERENCES drift_reports (id) ON DELETE CASCADE
)
 STRICT

;
CREATE TABLE drift_reports (
	id INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	model_id INTEGER, 
	model_version INTEGER, 
	reference TEXT NOT NULL, 
	verdict TEXT NOT NULL, 
	rows INTEGER NOT NULL, 
	reference_rows INTEGER NOT NULL, 
	sentence TEXT NOT NULL, 
	decision TEXT NOT NULL, 
	window_start INTEGER, 
	window_end INTEGER, 
	created_at INTEGER NOT NULL, 
	CONSTRAINT pk_drift_reports PRIMARY KEY (id), 
	CONSTRAINT fk_drift_reports_version_id FOREIGN KEY(version_id) REFERENCES versions (id) ON DELETE CASCADE, 
	CONSTRAINT fk_drift_reports_model_id FOREIGN KEY(model_id) REFERENCES models (id) ON DELETE CASCADE
)
 STRICT

;
CREATE TABLE evaluations (
	id INTEGER NOT NULL, 
	model_id INTEGER NOT NULL, 
	model_version INTEGER NOT NULL, 
	role TEXT NOT NULL, 
	version_id INTEGER NOT NULL, 
	metric TEXT NOT NULL, 
	value REAL NOT NULL, 
	low REAL NOT NULL, 
	high REAL NOT NULL, 
	rows INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	window_start INTEGER, 
	window_end INTEGER, 
	created_at INTEGER NOT NULL, 
	CONSTRAINT pk_evaluations PRIMARY KEY (id), 
	CONSTRAINT uq_evaluations_model_id_version_id_role UNIQUE (model_id, version_id, role), 
	CONSTRAINT fk_evaluations_model_id FOREIGN KEY(model_id) REFERENCES models (id) ON DELETE CASCADE, 
	CONSTRAINT fk_evaluations_version_id FOREIGN KEY(version_id) REFERENCES versions (id) ON DELETE CASCADE
)
 STRICT

;
CREATE TABLE events (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	message TEXT NOT NULL, 
	severity TEXT NOT NULL, 
	payload TEXT NOT NULL
)
 STRICT

;
CREATE TABLE experiments (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	created_at INTEGER NOT NULL, 
	CONSTRAINT pk_experiments PRIMARY KEY (id), 
	CONSTRAINT uq_experiments_name UNIQUE (name)
)
 STRICT

;
CREATE TABLE gate_reviews (
	id INTEGER NOT NULL, 
	model_id INTEGER NOT NULL, 
	challenger INTEGER NOT NULL, 
	champion INTEGER, 
	version_id INTEGER NOT NULL, 
	verdict TEXT NOT NULL, 
	decision TEXT NOT NULL, 
	looks INTEGER NOT NULL, 
	cycle_id INTEGER, 
	created_at INTEGER NOT NULL, 
	CONSTRAINT pk_gate_reviews PRIMARY KEY (id), 
	CONSTRAINT fk_gate_reviews_model_id FOREIGN KEY(model_id) REFERENCES models (id) ON DELETE CASCADE, 
	CONSTRAINT fk_gate_reviews_version_id FOREIGN KEY(version_id) REFERENCES versions (id)
)
 STRICT

;
CREATE TABLE jobs (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	kind TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	arguments TEXT NOT NULL, 
	dedup_key TEXT, 
	state TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	attempts INTEGER NOT NULL, 
	max_attempts INTEGER NOT NULL, 
	token INTEGER NOT NULL, 
	worker TEXT, 
	pid INTEGER, 
	lease_until INTEGER, 
	run_at INTEGER NOT NULL, 
	progress REAL, 
	message TEXT NOT NULL, 
	created_at INTEGER NOT NULL, 
	started_at INTEGER, 
	ended_at INTEGER, 
	error TEXT, 
	result TEXT, 
	cancel_requested INTEGER NOT NULL, 
	cause INTEGER
)
 STRICT

;
CREATE TABLE metric_points (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	step INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	value REAL, 
	special TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_metric_points PRIMARY KEY (id), 
	CONSTRAINT fk_metric_points_run_id FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
)
 STRICT

;
CREATE TABLE metrics (
	run_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	step INTEGER NOT NULL, 
	value REAL, 
	special TEXT DEFAULT '' NOT NULL, 
	low REAL, 
	high REAL, 
	CONSTRAINT pk_metrics PRIMARY KEY (run_id, "key"), 
	CONSTRAINT fk_metrics_run_id FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
)
 STRICT

;
CREATE TABLE model_versions (
	id INTEGER NOT NULL, 
	model_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	onnx_blob TEXT NOT NULL, 
	native_blob TEXT NOT NULL, 
	profile_blob TEXT NOT NULL, 
	sample_blob TEXT NOT NULL, 
	row_hashes_blob TEXT NOT NULL, 
	signature TEXT NOT NULL, 
	parity TEXT NOT NULL, 
	metrics TEXT NOT NULL, 
	importances TEXT NOT NULL, 
	created_by TEXT NOT NULL, 
	created_at INTEGER NOT NULL, 
	CONSTRAINT pk_model_versions PRIMARY KEY (id), 
	CONSTRAINT uq_model_versions_model_id_number UNIQUE (model_id, number), 
	CONSTRAINT uq_model_versions_model_id_run_id UNIQUE (model_id, run_id), 
	CONSTRAINT fk_model_versions_model_id FOREIGN KEY(model_id) REFERENCES models (id) ON DELETE CASCADE, 
	CONSTRAINT fk_model_versions_run_id FOREIGN KEY(run_id) REFERENCES runs (id)
)
 STRICT

;
CREATE TABLE models (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	experiment TEXT NOT NULL, 
	created_at INTEGER NOT NULL, 
	CONSTRAINT pk_models PRIMARY KEY (id), 
	CONSTRAINT uq_models_name UNIQUE (name)
)
 STRICT

;
CREATE TABLE partitions (
	id INTEGER NOT NULL, 
	dataset_id INTEGER NOT NULL, 
	blob TEXT NOT NULL, 
	rows INTEGER NOT NULL, 
	size_bytes INTEGER NOT NULL, 
	since_version INTEGER NOT NULL, 
	until_version INTEGER, 
	source TEXT NOT NULL, 
	source_sha256 TEXT NOT NULL, 
	first_time INTEGER, 
	last_time INTEGER, 
	CONSTRAINT pk_partitions PRIMARY KEY (id), 
	CONSTRAINT fk_partitions_dataset_id FOREIGN KEY(dataset_id) REFERENCES datasets (id) ON DELETE CASCADE
)
 STRICT

;
CREATE TABLE runs (
	id INTEGER NOT NULL, 
	uid TEXT NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	recipe TEXT NOT NULL, 
	model TEXT NOT NULL, 
	state TEXT NOT NULL, 
	params TEXT NOT NULL, 
	seed INTEGER NOT NULL, 
	source_hash TEXT NOT NULL, 
	version_id INTEGER, 
	train TEXT NOT NULL, 
	test TEXT NOT NULL, 
	environment TEXT NOT NULL, 
	created_by TEXT NOT NULL, 
	job_id INTEGER, 
	parent_id INTEGER, 
	cycle_id INTEGER, 
	started_at INTEGER NOT NULL, 
	ended_at INTEGER, 
	heartbeat_at INTEGER NOT NULL, 
	error TEXT, 
	CONSTRAINT pk_runs PRIMARY KEY (id), 
	CONSTRAINT uq_runs_uid UNIQUE (uid), 
	CONSTRAINT fk_runs_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (id) ON DELETE CASCADE, 
	CONSTRAINT fk_runs_version_id FOREIGN KEY(version_id) REFERENCES versions (id), 
	CONSTRAINT fk_runs_parent_id FOREIGN KEY(parent_id) REFERENCES runs (id) ON DELETE CASCADE
)
 STRICT

;
CREATE TABLE tags (
	noun TEXT NOT NULL, 
	owner_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_tags PRIMARY KEY (noun, owner_id, "key")
)
 STRICT

;
CREATE TABLE upgrades (
	id INTEGER NOT NULL, 
	revision TEXT NOT NULL, 
	program TEXT NOT NULL, 
	at INTEGER NOT NULL, 
	CONSTRAINT pk_upgrades PRIMARY KEY (id)
)
 STRICT

;
INSERT INTO "upgrades" VALUES(1,'0001','0.1',1795574494067643);
CREATE TABLE versions (
	id INTEGER NOT NULL, 
	dataset_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	parent INTEGER, 
	hash TEXT NOT NULL, 
	rows INTEGER NOT NULL, 
	rows_added INTEGER NOT NULL, 
	replaces INTEGER NOT NULL, 
	size_bytes INTEGER NOT NULL, 
	created_at INTEGER NOT NULL, 
	created_by TEXT NOT NULL, 
	sources TEXT NOT NULL, 
	first_time INTEGER, 
	last_time INTEGER, 
	reason TEXT, 
	profile_blob TEXT, 
	undoes INTEGER, 
	CONSTRAINT pk_versions PRIMARY KEY (id), 
	CONSTRAINT uq_versions_dataset_id_number UNIQUE (dataset_id, number), 
	CONSTRAINT fk_versions_dataset_id FOREIGN KEY(dataset_id) REFERENCES datasets (id) ON DELETE CASCADE
)
 STRICT

;
CREATE INDEX ix_events_kind ON events (kind);
CREATE UNIQUE INDEX uq_alerts_key ON alerts ("key") WHERE state = 'open';
CREATE INDEX ix_alerts_state_id ON alerts (state, id);
CREATE INDEX ix_jobs_claim ON jobs (state, priority, run_at, id);
CREATE UNIQUE INDEX uq_jobs_dedup_key ON jobs (dedup_key) WHERE state IN ('queued', 'running');
CREATE INDEX ix_versions_state ON versions (dataset_id, state, number);
CREATE UNIQUE INDEX uq_versions_pending ON versions (dataset_id) WHERE state = 'pending';
CREATE INDEX ix_partitions_blob ON partitions (blob);
CREATE INDEX ix_partitions_dataset_id_since_version ON partitions (dataset_id, since_version);
CREATE INDEX ix_partitions_dataset_id_source_sha256 ON partitions (dataset_id, source_sha256);
CREATE INDEX ix_arrivals_path ON arrivals (path);
CREATE INDEX ix_arrivals_dataset_id_id ON arrivals (dataset_id, id);
CREATE INDEX ix_arrivals_moved_to ON arrivals (moved_to);
CREATE INDEX ix_arrivals_dataset_id_version ON arrivals (dataset_id, version);
CREATE INDEX ix_alias_moves_model_id_alias_id ON alias_moves (model_id, alias, id);
CREATE INDEX ix_drift_reports_version_id ON drift_reports (version_id);
CREATE INDEX ix_drift_reports_model_id_id ON drift_reports (model_id, id);
CREATE INDEX ix_gate_reviews_model_id_id ON gate_reviews (model_id, id);
CREATE INDEX ix_gate_reviews_cycle_id ON gate_reviews (cycle_id);
CREATE INDEX ix_cycles_model_id_id ON cycles (model_id, id);
CREATE UNIQUE INDEX uq_cycles_open ON cycles (model_id) WHERE state = 'open';
CREATE INDEX ix_runs_experiment_id_id ON runs (experiment_id, id);
CREATE INDEX ix_runs_parent_id ON runs (parent_id);
CREATE INDEX ix_runs_job_id ON runs (job_id);
CREATE INDEX ix_runs_state ON runs (state);
CREATE INDEX ix_runs_version_id ON runs (version_id);
CREATE INDEX ix_runs_cycle_id ON runs (cycle_id);
CREATE INDEX ix_metric_points_run_id_key_step ON metric_points (run_id, "key", step);
CREATE INDEX ix_metrics_key_value ON metrics ("key", value);
CREATE INDEX ix_artifacts_blob ON artifacts (blob);
CREATE INDEX ix_aliases_model_version_id_alias ON aliases (model_version_id, alias);
DELETE FROM "sqlite_sequence";
COMMIT;
