/** A DNS label that starts with a letter: `group:80` in a label is no group of that name. */
export const GROUP_NAME = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

export const GROUP_NAME_HINT = 'Lower-case letters, digits and "-", a letter first, at most 63.';
