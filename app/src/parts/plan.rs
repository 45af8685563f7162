//! A plan, drawn: a line for each node, indented under the one it works for, with its part of the whole as a bar.

use leptos::prelude::*;
use model::{Count, Plan, PlanNode, PlanRemark};

use super::{Cell, LevelMark, Num, ShareBar, Stat, Stats};

/// Deeper nodes are indented no further.
const DEEPEST: u32 = 16;

/// A plan with what there is to say of it.
#[component]
pub fn PlanTree(
    /// The plan, read.
    plan: Plan,
) -> impl IntoView {
    let Plan { nodes, left_out, analyzed, planning, execution, remarks, settings } = plan;
    let timed = nodes.first().and_then(|node| node.actual).is_some_and(|actual| actual.total.is_some());
    let cost = nodes.first().map(|node| node.cost).unwrap_or_default();
    let number_of_nodes = nodes.len() as i64 + i64::from(left_out);
    let figures = view! {
        <Stats>
            {execution.map(|time| view! { <Stat label="Execution" value=time.to_string()/> })}
            {planning.map(|time| view! { <Stat label="Planning" value=time.to_string()/> })}
            <Stat label="Estimated cost" value=number(cost) sub="in units of a page read in order"/>
            <Stat label="Nodes" value=Count(number_of_nodes).to_string()/>
        </Stats>
    };
    let of_nodes = nodes.iter().enumerate().flat_map(|(n, node)| {
        node.remarks
            .iter()
            .map(move |remark| (remark.severity, Some((n + 1, node.name.clone())), remark.sentence.clone()))
    });
    let mut said: Vec<_> = remarks
        .into_iter()
        .map(|PlanRemark { severity, sentence }| (severity, None, sentence))
        .chain(of_nodes)
        .collect();
    said.sort_by_key(|(severity, ..)| std::cmp::Reverse(*severity));
    let share = if timed { "Own time" } else { "Own cost" };
    view! {
        {figures}
        {(!said.is_empty()).then(|| view! {
            <section class="section">
                <h2>"What it says"</h2>
                <ul class="remarks">
                    {said.into_iter().map(|(severity, node, sentence)| view! {
                        <li>
                            <LevelMark level=severity.into()/>
                            <p>
                                {node.map(|(n, name)| view! { <a href=format!("#node-{n}")>{format!("{n}. {name}")}</a>": " })}
                                {sentence}
                            </p>
                        </li>
                    }).collect_view()}
                </ul>
            </section>
        })}
        <section class="section">
            <h2>"Plan"</h2>
            <table class="table plan">
                <caption class="visually-hidden">"The nodes of the plan, each below the one it works for"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Node"</th>
                        <th scope="col" class="num">{share}</th>
                        {timed.then(|| view! { <th scope="col" class="num">"Time"</th> })}
                        {analyzed.then(|| view! { <th scope="col" class="num">"Rows"</th> })}
                        <th scope="col" class="num">"Rows expected"</th>
                        {analyzed.then(|| view! { <th scope="col" class="num">"Runs"</th> })}
                        <th scope="col" class="num">"Cost"</th>
                    </tr>
                </thead>
                <tbody>
                    {nodes.into_iter().enumerate().map(|(n, node)| line(n + 1, node, share, timed, analyzed)).collect_view()}
                </tbody>
            </table>
            {(left_out > 0).then(|| view! {
                <p class="note">{format!("{} more below are not drawn.", Count(left_out.into()).of("node is", "nodes are"))}</p>
            })}
            <p class="muted">
                {if timed {
                    "Time is that of a node with all below it, in all its runs; own time is what it took itself. Rows are of one run."
                } else {
                    "Own cost is a node's part of the estimated cost. Rows are of one run."
                }}
            </p>
            {(!settings.is_empty()).then(|| {
                let settings: Vec<String> = settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
                view! { <p class="muted">"Settings that are not at their default: "<code>{settings.join(", ")}</code></p> }
            })}
        </section>
    }
    .into_any()
}

fn line(n: usize, node: PlanNode, share_label: &'static str, timed: bool, analyzed: bool) -> impl IntoView {
    let never = node.actual.is_some_and(|actual| actual.loops < 1.0);
    let odd = node.off_by.map(|factor| match factor {
        more if more >= 1.0 => format!("{}× more than expected", number(more)),
        fewer => format!("{}× fewer than expected", number(1.0 / fewer)),
    });
    let actual = node.actual.unwrap_or_default();
    let time = actual.total.map_or_else(String::new, |total| total.to_string());
    let details = (!node.details.is_empty()).then(|| {
        view! {
            <details>
                <summary>"Details"</summary>
                <dl class="facts">
                    {node.details.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }).collect_view()}
                </dl>
            </details>
        }
    });
    view! {
        <tr id=format!("node-{n}") class:never=never>
            <td data-label="Node" class=format!("node depth-{}", node.depth.min(DEEPEST))>
                {node.role.map(|role| view! { <span class="tag">{role}</span>" " })}
                <strong>{format!("{n}. {}", node.name)}</strong>
                {node.on.map(|on| view! { " on "<span class="on">{on}</span> })}
                {never.then_some(" (never executed)")}
                {details}
            </td>
            <td class="num" data-label=share_label><ShareBar ratio=node.share/></td>
            {timed.then(|| view! { <Num label="Time" value=time/> })}
            {analyzed.then(|| view! {
                <Cell label="Rows"><span class="number">{number(actual.rows)}</span>{odd.map(|odd| view! { <span class="odd">{odd}</span> })}</Cell>
            })}
            <Num label="Rows expected" value=number(node.rows)/>
            {analyzed.then(|| view! { <Num label="Runs" value=number(actual.loops)/> })}
            <Num label="Cost" value=number(node.cost)/>
        </tr>
    }
    .into_any()
}

/// Whole from ten on; PostgreSQL 18 counts rows of a run with decimals.
fn number(number: f64) -> String {
    match number {
        small if small < 10.0 && small.fract() != 0.0 => format!("{small:.1}"),
        large => Count(large.round() as i64).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use model::{Millis, PlanActual, Ratio, Severity};

    use super::*;

    fn html(plan: Plan) -> String {
        Owner::new().with(|| view! { <PlanTree plan/> }.to_html())
    }

    #[test]
    fn a_plan_is_a_table_whose_lines_are_indented() {
        let scan = PlanNode {
            depth: 40,
            name: "Seq Scan".into(),
            on: Some("<orders>".into()),
            rows: 5.0,
            actual: Some(PlanActual { rows: 500.0, loops: 2.0, total: Some(Millis(3.0)), own: Some(Millis(3.0)) }),
            share: Ratio(0.75),
            off_by: Some(100.0),
            details: vec![("Filter".into(), "(a < '<b>')".into())],
            remarks: vec![PlanRemark { severity: Severity::Warning, sentence: "It read 1,000 rows.".into() }],
            ..PlanNode::default()
        };
        let html = html(Plan { nodes: vec![scan], analyzed: true, left_out: 7, ..Plan::default() });
        for said in [
            "depth-16",
            "&lt;orders&gt;",
            "100× more than expected",
            "75.0 %",
            "&lt;b&gt;",
            "It read 1,000 rows.",
            "#node-1",
        ] {
            assert!(html.contains(said), "{said}: {html}");
        }
        assert!(html.contains("7 nodes are"), "{html}");
        assert!(!html.contains("style="), "{html}");
    }
}
