/** The language: Compose text → policy model, diagnostics, segments, Compose text. Pure. */
export * from './diagnostic.ts';
export * from './policy-model.ts';
export { DIAGNOSTIC_CODES, type DiagnosticCode } from './diagnostic-codes.ts';
export {
  loadCompose,
  loadProject,
  type LoadedProject,
  type LoadOptions,
  type ProjectOptions,
} from './load/load-compose.ts';
export type { Target } from './stack/target.ts';
export type { ComposeText } from './project/load-scope.ts';
export { runReading, runReadingAsync, type FoundFile, type WantedFile } from './project/reading.ts';
export type * from './load/compose-file.ts';
export type { Environment } from './interpolate/interpolate.ts';
export { loadEnvFile } from './interpolate/load-env-file.ts';
export { buildModel, stackLabels } from './build-model.ts';
export { matchesSelector } from './selector.ts';
export {
  parseLabel,
  type LabelEntry,
  type LabelPeer,
  type LabelProblem,
  type ParsedLabel,
} from './label/label-grammar.ts';
export { formatEntry, formatLabel, formatPeer } from './label/format-label.ts';
export { hasErrors, sortDiagnostics } from './report.ts';
export { nearest } from './nearest.ts';
export { createReach, serviceKey, type Reach } from './reach.ts';
export { readServiceLabels, type ServiceLabels, type ServiceLabelsInput } from './service-labels.ts';
export {
  planSegments,
  type Segment,
  type SegmentOptions,
  type SegmentPlan,
  type ServicePair,
} from './segment/plan-segments.ts';
export type { ExternalSegment } from './segment/cross-stack.ts';
export { editAnnotations, type AnnotationEdit, type EditedAnnotations } from './suggest/edit-annotations.ts';
export { compile, type Compiled, type CompileOptions } from './emit/compile.ts';
export { deployedLabels } from './emit/deployed-labels.ts';
export { loadManifests, type LoadedManifests } from './kubernetes/load-manifests.ts';
export type { ManifestCluster, ManifestText, SkippedObject } from './kubernetes/manifest.ts';
export { lintStacks, type LintDiagnostic, type LintInput } from './lint/lint-stacks.ts';
export { LINT_RULES } from './lint/registry.ts';
export type { Fix, LintRule, TextEdit } from './lint/lint-rule.ts';
export { applyEdits } from './lint/apply-edits.ts';
export { composeJsonSchema } from './json-schema/compose-schema.ts';
export { settingsJsonSchema } from './json-schema/settings-schema.ts';
export { nodePolicyJsonSchema } from './json-schema/node-policy-schema.ts';
export { loadPolicies, MAX_POLICY_BYTES, type LoadedPolicies } from './cluster-policy/load-policies.ts';
export { DEFAULT_SETTINGS, type ClusterSettings } from './cluster-policy/settings.ts';
export { editModes, type ModeTarget } from './cluster-policy/edit-modes.ts';
export { checkGroups, checkStackGroups } from './cluster-policy/check-groups.ts';
export {
  writtenKind,
  type GroupReference,
  type PolicyDocument,
  type PolicyObject,
} from './cluster-policy/policy-document.ts';
export * from './node-policy/node-policy-model.ts';
export { checkBindings } from './authz/check-bindings.ts';
export type { AuthzObject } from './authz/authz-document.ts';
export type * from './authz/authz-model.ts';
export {
  importManifests,
  type Imported,
  type ImportedStack,
  type ImportOptions,
} from './kubernetes/import/import-manifests.ts';
export { exportStacks, type Exported, type ExportOptions } from './kubernetes/export/export-stacks.ts';
export { manifestText } from './kubernetes/export/manifest-text.ts';
