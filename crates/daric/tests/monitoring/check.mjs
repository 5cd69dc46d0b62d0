// Parses every PromQL expression of the alert rules and of the dashboard.
// usage: node check.mjs <rules> <dashboard>; prints one JSON object: the expressions, the metrics that they name, and what is wrong.

import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';

const [rulesFile, dashboardFile] = process.argv.slice(2);
const wrong = [];
const expressions = [];

const rules = parse(readFileSync(rulesFile, 'utf8')).groups.flatMap((group) => group.rules);
for (const rule of rules) {
  expressions.push([rule.alert, rule.expr]);
  const { severity } = rule.labels ?? {};
  if (!['critical', 'warning'].includes(severity)) wrong.push(`${rule.alert}: severity ${severity}`);
  for (const text of ['summary', 'description']) if (!rule.annotations?.[text]) wrong.push(`${rule.alert}: no ${text}`);
}
const names = rules.map((rule) => rule.alert);
if (new Set(names).size !== names.length) wrong.push('two rules have one name');

const dashboard = JSON.parse(readFileSync(dashboardFile, 'utf8'));
const panels = dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
if (new Set(panels.map((panel) => panel.id)).size !== panels.length) wrong.push('two panels have one id');
for (const panel of panels) for (const target of panel.targets ?? []) expressions.push([panel.title, target.expr]);

// Grafana fills in its variables before it asks.
const filled = (text) => text.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*');
const metrics = new Set();
for (const [title, text] of expressions) {
  const expression = filled(text);
  parser.parse(expression).iterate({
    enter(node) {
      const part = expression.slice(node.from, node.to);
      if (node.type.isError) wrong.push(`${title}: near ${JSON.stringify(expression.slice(Math.max(0, node.from - 20), node.to + 20))}`);
      if (node.name === 'Identifier' && node.matchContext(['VectorSelector'])) metrics.add(part);
    },
  });
}
console.log(JSON.stringify({ expressions: expressions.length, alerts: names.length, metrics: [...metrics].sort(), wrong }));
