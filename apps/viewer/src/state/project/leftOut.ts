/** The remark on a picture that the model has learnt, and that was judged by all it has learnt but this one. */
export const LEFT_OUT = 'judged as if the model had not learnt it';
