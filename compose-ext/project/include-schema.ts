import Joi from 'joi';

const paths = Joi.alternatives().conditional(Joi.array(), {
  then: Joi.array().items(Joi.string()),
  otherwise: Joi.string(),
});

/** Compose specification, 14-include.md. */
export const includeSchema = Joi.array().items(
  Joi.alternatives().conditional(Joi.object(), {
    then: Joi.object({ path: paths.required(), project_directory: Joi.string(), env_file: paths }),
    otherwise: Joi.string().messages({ 'string.base': 'must be a path, or a map with "path"' }),
  }),
);
