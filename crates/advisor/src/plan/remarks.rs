//! What a person who reads plans for a living would point at.

use model::{Bytes, Count, Millis, Plan, PlanActual, PlanRemark, Ratio, Severity};
use serde_json::Value;

use super::node::Node;

/// Fewer rows read in vain are not worth an index.
const IN_VAIN: f64 = 1_000.0;

/// Of a node that runs again and again, fewer rows in each run are rounding rather than reading.
const IN_VAIN_PER_RUN: f64 = 100.0;

/// EXPLAIN rounds the rows of a run to whole ones before PostgreSQL 18, so the sum over many runs may be off by this for each.
const ROUNDING: f64 = 0.5;

/// Shorter pieces of work are not worth a word.
const SHORT: Millis = Millis(5.0);

fn remark(severity: Severity, sentence: impl Into<String>) -> PlanRemark {
    PlanRemark { severity, sentence: sentence.into() }
}

/// Of one node, which so many processes ran side by side: spills, rows read in vain, lossy bitmaps, missing workers.
pub(super) fn of_a_node(node: Node<'_>, actual: Option<PlanActual>, processes: f64) -> Vec<PlanRemark> {
    use Severity::{Info, Warning};
    let mut all = vec![];
    let Some(actual) = actual else { return all };
    if actual.loops < 1.0 {
        return vec![remark(Info, "It was never executed: nothing asked for its rows.")];
    }
    if node.text("Sort Space Type") == Some("Disk") {
        let size = Bytes(node.count("Sort Space Used").unwrap_or_default() << 10);
        all.push(remark(Warning, format!("The sort did not fit into work_mem and wrote {size} to disk.")));
    }
    if let Some(batches) = node.count("Hash Batches").filter(|batches| *batches > 1) {
        let memory = Bytes(node.count("Peak Memory Usage").unwrap_or_default() << 10);
        all.push(remark(
            Warning,
            format!(
                "The hash table did not fit into work_mem times hash_mem_multiplier: it was written to disk in {} of up \
                 to {memory} each.",
                Count(batches).of("batch", "batches")
            ),
        ));
    }
    if let Some(disk) = node.count("Disk Usage") {
        let disk = Bytes(disk << 10);
        all.push(remark(
            Warning,
            format!("The groups did not fit into work_mem times hash_mem_multiplier: {disk} went to disk."),
        ));
    }
    if let Some(lossy) = node.count("Lossy Heap Blocks") {
        let exact = node.count("Exact Heap Blocks").unwrap_or_default();
        all.push(remark(
            Warning,
            format!(
                "The bitmap did not fit into work_mem: of {} it remembers only that there was something in them, so each \
                 row of those was checked again.",
                Count(lossy).of("block", "blocks") + &format!(" (out of {})", Count(lossy + exact)),
            ),
        ));
    }
    all.extend(read_in_vain(node, actual, processes));
    let kept = actual.rows * actual.loops;
    all.extend(joined_in_vain(node, actual, processes));
    if let Some(fetches) = node.count("Heap Fetches").filter(|fetches| *fetches as f64 >= IN_VAIN.max(kept / 2.0)) {
        all.push(remark(
            Info,
            format!(
                "{} had to be looked up in the table although the index has all columns: VACUUM marks pages so that they need not.",
                Count(fetches).of("row", "rows")
            ),
        ));
    }
    if let (Some(planned), Some(launched)) = (node.number("Workers Planned"), node.number("Workers Launched"))
        && launched < planned
    {
        all.push(remark(
            Warning,
            format!(
                "Only {launched} of {planned} workers came: the others were busy. max_parallel_workers and max_worker_processes limit them."
            ),
        ));
    }
    if let Some(evictions) = node.count("Cache Evictions") {
        all.push(remark(
            Info,
            format!(
                "The cache was too small and forgot {} that were asked for again.",
                Count(evictions).of("entry", "entries")
            ),
        ));
    }
    all
}

/// Rows a scan read and its filter removed. The inner side of a nested loop that looks rows up by an index is left out: an
/// index on the filter's columns would not serve the lookup.
fn read_in_vain(node: Node<'_>, actual: PlanActual, processes: f64) -> Option<PlanRemark> {
    let runs = actual.loops / processes.max(1.0);
    let repeated = runs > 1.0;
    let (removed, kept) = (node.number("Rows Removed by Filter")?, actual.rows);
    if !node.text("Node Type")?.ends_with("Scan") || removed * actual.loops < IN_VAIN {
        return None;
    }
    if !repeated {
        let (removed, kept) = (removed * actual.loops, kept * actual.loops);
        return (removed >= 9.0 * kept).then(|| {
            remark(
                Severity::Warning,
                format!(
                    "It read {} to keep {}. An index on what the filter compares would find those alone.",
                    Count((removed + kept) as i64).of("row", "rows"),
                    Count(kept as i64),
                ),
            )
        });
    }
    let looks_up = node.text("Index Cond").is_some() || node.text("Recheck Cond").is_some();
    if looks_up || removed < IN_VAIN_PER_RUN || removed < 9.0 * (kept + ROUNDING) {
        return None;
    }
    let read = Count((removed + kept).round() as i64).of("row", "rows");
    let kept = if kept < 1.0 { "fewer than 1".to_owned() } else { Count(kept.round() as i64).to_string() };
    Some(remark(
        Severity::Warning,
        format!(
            "In each of its {} runs it read about {read} to keep {kept}. An index on what the filter compares would find \
             those alone.",
            Count(actual.loops as i64)
        ),
    ))
}

/// Pairs of rows a join compared for nothing.
fn joined_in_vain(node: Node<'_>, actual: PlanActual, processes: f64) -> Option<PlanRemark> {
    let removed = node.number("Rows Removed by Join Filter")? * actual.loops;
    let kept = actual.rows * actual.loops;
    let off = if actual.loops > processes { ROUNDING * actual.loops } else { 0.0 };
    (removed - off >= 10.0 * IN_VAIN && removed - off >= 9.0 * (kept + off)).then(|| {
        let about = if off > 0.0 { "about " } else { "" };
        remark(
            Severity::Warning,
            format!(
                "It compared {about}{} to find {about}{} that belong together. A join on equality, or an index on the inner \
                 side, saves that.",
                Count((removed + kept) as i64).of("pair", "pairs"),
                Count(kept as i64),
            ),
        )
    })
}

/// Of the plan: compilation, triggers, planning.
pub(super) fn of_the_whole(plan: &Plan, whole: &Value) -> Vec<PlanRemark> {
    use Severity::{Info, Warning};
    let mut all = vec![];
    if !plan.analyzed {
        all.push(remark(
            Info,
            "This is what the planner expects. Nothing was run, so nothing is known of times and real rows.",
        ));
    }
    let Some(execution) = plan.execution else { return all };
    let jit = whole.pointer("/JIT/Timing/Total").and_then(Value::as_f64).map(Millis);
    if let Some(jit) = jit.filter(|jit| *jit > SHORT && jit.0 >= 0.1 * execution.0) {
        let part = Ratio::of(jit.0, execution.0).unwrap_or_default();
        all.push(remark(
            if part.0 >= 0.5 { Warning } else { Info },
            format!(
                "Compiling the statement (JIT) took {jit}, {part} of the execution. It pays for long statements only: raise \
                 jit_above_cost, or turn jit off for this one."
            ),
        ));
    }
    for trigger in whole.get("Triggers").and_then(Value::as_array).into_iter().flatten().map(Node) {
        let took = Millis(trigger.number("Time").unwrap_or_default());
        if took > SHORT && took.0 >= 0.1 * execution.0 {
            let name = trigger.text("Constraint Name").or(trigger.text("Trigger Name")).unwrap_or("a trigger");
            let calls = Count(trigger.number("Calls").unwrap_or_default() as i64).of("call", "calls");
            all.push(remark(
                Warning,
                format!("{name} took {took} in {calls}. A foreign key's check wants an index on the referring side."),
            ));
        }
    }
    if let Some(planning) = plan.planning.filter(|planning| *planning > SHORT && *planning > execution) {
        all.push(remark(
            Info,
            format!("Planning took {planning}, longer than running it ({execution}). A prepared statement is planned less often."),
        ));
    }
    let written: i64 = whole.pointer("/Plan/Temp Written Blocks").and_then(Value::as_i64).unwrap_or_default();
    if written > 0 {
        let size = Bytes(written.saturating_mul(8 << 10));
        all.push(remark(
            Warning,
            format!(
                "{size} went through temporary files. SET work_mem higher for this statement, not for the whole server."
            ),
        ));
    }
    all
}
