/** Of SARIF 2.1.0 (OASIS) what a log of one static run must have, stricter where code hosts are. */
const text = { type: 'object', required: ['text'], properties: { text: { type: 'string', minLength: 1 } } };
const artifactLocation = {
  type: 'object',
  required: ['uri', 'uriBaseId'],
  properties: {
    // A relative reference, percent-encoded: unreserved characters, %XX and slashes.
    uri: { type: 'string', pattern: "^(?!/)(?:[A-Za-z0-9_.~!*'()/-]|%[0-9A-F]{2})+$" },
    uriBaseId: { const: '%SRCROOT%' },
  },
  additionalProperties: false,
};
const level = { enum: ['none', 'note', 'warning', 'error'] };
const positive = { type: 'integer', minimum: 1 };
const natural = { type: 'integer', minimum: 0 };
const region = (properties: object) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
  additionalProperties: false,
});

const rule = {
  type: 'object',
  required: ['id', 'shortDescription', 'helpUri', 'defaultConfiguration'],
  properties: {
    id: { type: 'string', minLength: 1 },
    shortDescription: text,
    helpUri: { type: 'string', pattern: '^https?://' },
    defaultConfiguration: { type: 'object', properties: { level }, additionalProperties: false },
  },
  additionalProperties: false,
};

const fix = {
  type: 'object',
  required: ['artifactChanges'],
  properties: {
    description: text,
    artifactChanges: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['artifactLocation', 'replacements'],
        properties: {
          artifactLocation,
          replacements: {
            type: 'array',
            minItems: 1,
            items: {
              type: 'object',
              required: ['deletedRegion'],
              properties: {
                deletedRegion: region({ charOffset: natural, charLength: natural }),
                insertedContent: {
                  type: 'object',
                  required: ['text'],
                  properties: { text: { type: 'string' } },
                },
              },
              additionalProperties: false,
            },
          },
        },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
};

const result = {
  type: 'object',
  required: ['ruleId', 'ruleIndex', 'level', 'message', 'locations', 'partialFingerprints'],
  properties: {
    ruleId: { type: 'string' },
    ruleIndex: natural,
    level,
    message: text,
    locations: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['physicalLocation'],
        properties: {
          physicalLocation: {
            type: 'object',
            required: ['artifactLocation', 'region'],
            properties: { artifactLocation, region: region({ startLine: positive, startColumn: positive }) },
            additionalProperties: false,
          },
        },
        additionalProperties: false,
      },
    },
    partialFingerprints: { type: 'object', minProperties: 1, additionalProperties: { type: 'string' } },
    fixes: { type: 'array', minItems: 1, items: fix },
  },
  additionalProperties: false,
};

export const SARIF_SCHEMA = {
  type: 'object',
  required: ['$schema', 'version', 'runs'],
  properties: {
    $schema: { type: 'string', pattern: 'sarif-2\\.1\\.0' },
    version: { const: '2.1.0' },
    runs: {
      type: 'array',
      minItems: 1,
      maxItems: 1,
      items: {
        type: 'object',
        required: ['tool', 'results', 'columnKind'],
        properties: {
          tool: {
            type: 'object',
            required: ['driver'],
            properties: {
              driver: {
                type: 'object',
                required: ['name', 'rules'],
                properties: {
                  name: { const: 'swarmwall' },
                  semanticVersion: { type: 'string' },
                  informationUri: { type: 'string', pattern: '^https?://' },
                  rules: { type: 'array', items: rule, uniqueItems: true },
                },
                additionalProperties: false,
              },
            },
            additionalProperties: false,
          },
          columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
          results: { type: 'array', items: result },
        },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
};
